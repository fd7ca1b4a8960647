"""Operations that use every resource of a run, and end in different ways."""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from pathlib import Path

from pytest_optbench.errors import MissingFeatureError
from pytest_optbench.workloads.workload import WorkloadRun, workload

LIBRARY = "optbench.leaks"  # the logger of a library
NAP = 0.002
LONGEST = 60.0  # seconds, against a hang if the file is never created


def write_scratch(run: WorkloadRun) -> Path:
    """Write a file into the scratch folder, which a target need not have created yet; without numpy, which is slow."""
    path = Path(run.runtime.scratch_dir, "report.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("text", encoding="utf-8")
    return path


@workload("hungry", "runtime")
def hungry(run: WorkloadRun) -> None:
    """Use scratch folder, loggers, steps, a file and an artifact; fail if `params["fail"]` is true."""
    run.capture_metrics()
    run.runtime.logger.debug("a line")
    with suppress(MissingFeatureError):  # the first release has none
        run.capture.subscribe_logger(LIBRARY)
        logging.getLogger(LIBRARY).debug("a line of a library")
    run.capture.metric("loss", 0.5, step=1)
    run.capture.artifact("noted", {"key": run.key}, kind="json")
    run.capture.file("report", write_scratch(run))
    if run.params["fail"]:
        raise RuntimeError("fails, as it is meant to")


@workload("waiting", "runtime")
def waiting(run: WorkloadRun) -> None:
    """Create the file `params["begun"]`, and wait for cancellation or for the file `params["release"]`."""
    write_scratch(run)
    Path(run.params["begun"]).touch()
    deadline = time.monotonic() + LONGEST
    while not Path(run.params["release"]).exists() and time.monotonic() < deadline:
        run.runtime.check_cancelled()
        time.sleep(NAP)
    run.capture_metrics()


@workload("dying", "runtime")
def dying(run: WorkloadRun) -> None:
    """Exit from the process in the first run."""
    write_scratch(run)
    if run.params["index"] == 0:
        os._exit(1)
    run.capture_metrics()
