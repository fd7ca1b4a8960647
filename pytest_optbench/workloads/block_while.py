"""An operation that blocks, holding its claim and the runner's locks, while a file exists."""

from __future__ import annotations

import time
from pathlib import Path

from .workload import WorkloadRun, workload

NAP = 0.005
LONGEST = 60.0  # seconds; against a hang if nothing removes the file


@workload("held")
def block_while(run: WorkloadRun) -> None:
    """Wait until the file `params["hold"]` is gone; with "" do not wait."""
    deadline = time.monotonic() + LONGEST
    while run.params["hold"] and Path(run.params["hold"]).exists() and time.monotonic() < deadline:
        time.sleep(NAP)
    run.capture_metrics()
