"""Operations that any scenario can drive and that need no numpy, which takes longer to import than all else here.

A worker process finds an operation by `module:qualname`, so they stand at module level.
"""

from __future__ import annotations

import time

from pytest_optbench.target import load_target

from .workload import WorkloadRun, workload

_TARGET = load_target()


@workload("noop")
def noop(run: WorkloadRun) -> None:
    """Do nothing but say that it ran."""
    run.capture_metrics()


@workload("paced")
def paced(run: WorkloadRun) -> None:
    """Sleep for `params["seconds"]` before it says that it ran."""
    time.sleep(run.params["seconds"])
    run.capture_metrics()
