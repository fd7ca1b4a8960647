"""A soak: many small sweeps in one process, with a sample of its resources after each."""

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

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.stress.measure.measure import count_calls, open_files, resident_bytes
from pytest_optbench.stress.witness.witness import WitnessFollower, witnessing
from pytest_optbench.target import RunOptions, Target, load_target
from pytest_optbench.workloads.basic import noop

from .drift import ResourceSample

COUNTED = 3  # sweeps with counted function calls; the smallest count repeats, also if threads wait


def soak(folder: str, runs: int, batch: int, seconds: float, workers: int) -> dict[str, Any]:
    """Run `runs` no-ops in sweeps of `batch`, at most so many seconds; for a child process, in JSON data.

    Returns the resources after each sweep (fields of `ResourceSample`), the counts of all sweeps, and the
    function calls that a run took at the start and at the end: a time would depend on other processes.
    """
    sweeps = _Sweeps(load_target(), Path(folder), batch, workers)
    sweeps.run()  # creates everything that is created once
    early = min(count_calls(sweeps.run) for _ in range(COUNTED))
    samples = []
    for first in _batches(runs, batch, seconds):
        sweeps.run()
        samples.append(asdict(_sample(first + batch)))
    late = min(count_calls(sweeps.run) for _ in range(COUNTED))
    return {"samples": samples, "counts": sweeps.counts, "early": early / batch, "late": late / batch}


def _batches(runs: int, batch: int, seconds: float) -> Iterator[int]:
    """The number of the first run of each sweep."""
    deadline = time.monotonic() + seconds
    for first in range(0, runs, batch):
        if time.monotonic() >= deadline:
            return
        yield first


class _Sweeps:
    """Sweeps one after the other, each in a new store that is read back and removed.

    `counts` has the numbers of planned, executed and successfully stored runs, and the first `error` of a sweep.
    """

    def __init__(self, target: Target, folder: Path, batch: int, workers: int) -> None:
        self._target, self._batch, self._workers = target, batch, workers
        self._store, self._witness = folder / "soak", folder / "soak.jsonl"
        self.counts: dict[str, Any] = {"planned": 0, "executed": 0, "stored": 0, "error": None}

    def run(self) -> None:
        """Run one more sweep."""
        first, counts = self.counts["planned"], self.counts
        planned_sweep = PlannedSweep("soak", noop, [{"n": n} for n in range(first, first + self._batch)])
        experiment = planned_sweep.experiment(self._target)
        counts["planned"] += planned_sweep.runs
        try:
            with witnessing(self._witness):
                summary = self._target.run(experiment, RunOptions(str(self._store), workers=self._workers))
            counts["error"] = counts["error"] or summary.error
            stored = self._target.iter_runs(str(self._store), experiment)
            counts["stored"] += sum(run.status == "success" for run in stored)
            counts["executed"] += WitnessFollower(self._witness).poll().finished
        finally:
            shutil.rmtree(self._store, ignore_errors=True)
            self._witness.unlink(missing_ok=True)


def _sample(runs: int) -> ResourceSample:
    gc.collect()
    return ResourceSample(
        runs=runs,
        memory=resident_bytes(),
        open_files=open_files(),
        threads=threading.active_count(),
        objects=len(gc.get_objects()),
        loggers=len(logging.root.manager.loggerDict),
        temporary_files=sum(len(files) + len(folders) for _, folders, files in os.walk(tempfile.gettempdir())),
    )
