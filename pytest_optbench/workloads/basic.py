"""Operations for any scenario that do not need numpy, whose import takes longer than everything else here.

A worker process finds an operation by `module:qualname`, so they are at module level.
"""

from __future__ import annotations

import time

from pytest_optbench.target import load_target

from .workload import WorkloadRun, workload

_TARGET = load_target()


@workload("noop")
def noop(run: WorkloadRun) -> None:
    """Do nothing but report the execution."""
    run.capture_metrics()


@workload("paced")
def paced(run: WorkloadRun) -> None:
    """Sleep for `params["seconds"]` and report the execution."""
    time.sleep(run.params["seconds"])
    run.capture_metrics()
