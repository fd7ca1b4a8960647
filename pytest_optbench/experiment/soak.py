"""A soak: many small sweeps in one process, with a look at what the process holds after each."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_optbench.stress.drift import Held
from pytest_optbench.stress.measure import count_calls, open_files, resident_bytes
from pytest_optbench.target import Drive, Target, load_target

from .trial import Trial
from .workloads import noop


def soak(folder: str, runs: int, batch: int, seconds: float, workers: int) -> dict[str, Any]:
    """Run `runs` no-ops in sweeps of `batch`, at most so many seconds; for a child process, in JSON data.

    Returns what the process held after each sweep (fields of `Held`), how many runs were stored, and the function
    calls that a sweep took at the start and at the end: time would tell of the neighbours.
    """
    target, place = load_target(), Path(folder) / "soak"
    held, stored = [], 0

    def sweep(first: int) -> None:
        nonlocal stored
        stored += _sweep(target, place, range(first, first + batch), workers)

    sweep(-batch)  # what is made once is made
    early = count_calls(sweep, -2 * batch)
    for first in _batches(runs, batch, seconds):
        sweep(first)
        held.append(asdict(_look(first + batch)))
    late = count_calls(sweep, runs)
    return {"held": held, "stored": stored, "early": early / batch, "late": late / batch}


def _batches(runs: int, batch: int, seconds: float) -> Iterator[int]:
    """The number of the first run of each sweep."""
    deadline = time.monotonic() + seconds
    for first in range(0, runs, batch):
        if time.monotonic() >= deadline:
            return
        yield first


def _sweep(target: Target, place: Path, numbers: range, workers: int) -> int:
    """One sweep in a store of its own that is read back and removed: how many successes it held."""
    trial = Trial("soak", noop, [{"n": n} for n in numbers])
    experiment = trial.experiment(target)
    try:
        target.run(experiment, Drive(str(place), workers=workers))
        return sum(run.status == "success" for run in target.iter_runs(str(place), experiment))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _look(runs: int) -> Held:
    gc.collect()
    return Held(
        runs=runs,
        memory=resident_bytes(),
        open_files=open_files(),
        threads=threading.active_count(),
        objects=len(gc.get_objects()),
        loggers=len(logging.root.manager.loggerDict),
        temporary_files=sum(len(files) + len(folders) for _, folders, files in os.walk(tempfile.gettempdir())),
    )
