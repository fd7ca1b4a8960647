"""Sweeps one after the other in one process, all of them alike, with a look at what is held after each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.errors import TargetRaisedError
from pytest_optbench.target import RunOptions, Target, load_target

from .held import look, passing
from .workload import dying, hungry, waiting

WARM_UP = 2  # rounds in which caches fill


def held_after(end: str, folder: str, runs: int, rounds: int) -> dict[str, Any]:
    """Do so many rounds after the warm-up, for a child process; returns what was held after each, and the runs."""
    samples: list[str] = []  # as text: dicts would be objects that pile up
    before: Mapping[str, int] = passing()
    executed = 0
    with ENDS[end](load_target(), Path(folder), runs) as do:
        for number in range(WARM_UP + rounds):
            executed += do()
            before = look(before)
            if number >= WARM_UP - 1:
                samples.append(json.dumps(before))
    least = 1 if end == "cancelled" else runs
    expected = least * (WARM_UP + rounds)
    return {"samples": [json.loads(sample) for sample in samples], "executed": executed, "expected": expected}


def cases(runs: int, **more: Any) -> list[dict[str, Any]]:
    return [{"index": index, **more} for index in range(runs)]


def ran(target: Target, sweep: PlannedSweep, options: RunOptions, *ends: str, keep: bool = False) -> int:
    """Run a sweep and remove its store, unless it is to be kept; returns how many runs ended in one of these ways."""
    summary = target.attempt(sweep.experiment(target), options)
    if summary.error is not None and not any(getattr(summary, end) for end in ends):
        raise TargetRaisedError(f"it raised {summary.error}")
    if not keep:
        shutil.rmtree(options.store, ignore_errors=True)
    return sum(int(getattr(summary, end)) for end in ends)


@contextmanager
def succeeding(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep = PlannedSweep("leaks", hungry, cases(runs, fail=False))
    yield lambda: ran(target, sweep, RunOptions(str(folder / "store"), workers=2), "completed")


@contextmanager
def failing(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep = PlannedSweep("leaks", hungry, cases(runs, fail=True))
    yield lambda: ran(target, sweep, RunOptions(str(folder / "store"), workers=2), "failed")


@contextmanager
def skipping(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep, options = (
        PlannedSweep("leaks", hungry, cases(runs, fail=False)),
        RunOptions(str(folder / "store"), workers=2),
    )
    ran(target, sweep, options, keep=True)
    yield lambda: ran(target, sweep, options, "skipped", keep=True)


@contextmanager
def sharing(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep = PlannedSweep("leaks", hungry, cases(runs, fail=False))
    with target.executor("thread", 2) as executor:
        yield lambda: ran(target, sweep, RunOptions(str(folder / "store"), shared=executor), "completed")


@contextmanager
def reading(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep, options = PlannedSweep("leaks", hungry, cases(runs, fail=False)), RunOptions(str(folder / "store"))
    ran(target, sweep, options, keep=True)
    logs = "logs" in target.features
    yield lambda: len(target.read(options.store, sweep.experiment(target), logs=logs).runs)


@contextmanager
def cancelling(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    begun, release = folder / "begun", folder / "release"
    sweep = PlannedSweep("leaks", waiting, cases(runs, begun=str(begun), release=str(release)))
    options = RunOptions(str(folder / "store"), workers=2)

    def do() -> int:
        begun.unlink(missing_ok=True)
        release.unlink(missing_ok=True)
        started = target.start(sweep.experiment(target), options)
        while not begun.exists() and started.wait(0.002) is None:
            pass
        started.cancel()
        release.touch()  # for runs that do not hear of it
        summary = started.wait()
        if summary is not None and not begun.exists():
            summary.raise_for_error()
        shutil.rmtree(options.store, ignore_errors=True)
        return int(begun.exists())

    yield do


@contextmanager
def dying_workers(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep = PlannedSweep("leaks", dying, cases(runs))
    yield lambda: ran(
        target, sweep, RunOptions(str(folder / "store"), executor="process", workers=1), "completed", "failed"
    )


ENDS = {
    "success": succeeding,
    "failure": failing,
    "skipped": skipping,
    "shared executor": sharing,
    "reading": reading,
    "cancelled": cancelling,
    "dead worker": dying_workers,
}
