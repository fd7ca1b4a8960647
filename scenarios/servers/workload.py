"""An operation with an artifact, which waits while a file exists."""

from __future__ import annotations

import time
from pathlib import Path

from pytest_optbench.target import digest
from pytest_optbench.workloads.workload import WorkloadRun, workload

NAP = 0.01
LONGEST = 120.0  # seconds; against a hang if nothing removes the file


@workload("waiting")
def waiting(run: WorkloadRun) -> None:
    """Wait until the file `params["gate"]` is gone, and keep a value that follows from `params["n"]`."""
    deadline = time.monotonic() + LONGEST
    while run.params["gate"] and Path(run.params["gate"]).exists() and time.monotonic() < deadline:
        time.sleep(NAP)
    run.capture_metrics(square=run.params["n"] ** 2)
    value = {"n": run.params["n"]}
    run.produced.artifacts["value"] = digest(value)
    run.capture.artifact("value", value, kind="json")
