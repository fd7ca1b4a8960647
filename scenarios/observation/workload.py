"""Operations that can be stopped, and that log by the logger of their runtime."""

from __future__ import annotations

import time
from pathlib import Path

from pytest_optbench.workloads.observed import lines_of
from pytest_optbench.workloads.workload import WorkloadRun, workload

NAP = 0.005
LONGEST = 120.0  # seconds, against a hang if the file is never created


@workload("stoppable", "runtime")
def stoppable(run: WorkloadRun) -> None:
    """Create a file in the folder `begun`, and check for cancellation until the file `release` exists."""
    Path(run.params["begun"], run.key).touch()
    deadline = time.monotonic() + LONGEST
    while not Path(run.params["release"]).exists() and time.monotonic() < deadline:
        run.runtime.check_cancelled()
        time.sleep(NAP)
    run.capture_metrics()


@workload("runtime-logs", "runtime")
def runtime_logs(run: WorkloadRun) -> None:
    """Log by the logger of the runtime."""
    run.capture_metrics()
    for level, text in lines_of(run.key, 5):
        getattr(run.runtime.logger, level)(text)
