"""An operation that holds on, under its claim and within the runner's locks, for as long as a file is there."""

from __future__ import annotations

import time
from pathlib import Path

from .workload import WorkloadRun, workload

NAP = 0.005
LONGEST = 60.0  # seconds; against a hang where nobody removes the file


@workload("held")
def block_while(run: WorkloadRun) -> None:
    """Wait until the file `params["hold"]` is gone; "" waits for nothing."""
    deadline = time.monotonic() + LONGEST
    while run.params["hold"] and Path(run.params["hold"]).exists() and time.monotonic() < deadline:
        time.sleep(NAP)
    run.capture_metrics()
