"""Rounds of equal sweeps in one process, after each of which the resources of the process are counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.target import RunOptions, Target, load_target
from pytest_optbench.target.locators import remove_store

from .resources import count_resources, count_transient
from .workload import dying, hungry, waiting

WARM_UP = 2  # rounds in which caches fill


def resources_after(end: str, folder: str, runs: int, rounds: int) -> dict[str, Any]:
    """Run `rounds` rounds after the warm-up, in a child process; returns the resources after each, and the runs."""
    samples: list[str] = []  # as text, since dicts would count as objects that grow
    previous: Mapping[str, int] = count_transient()
    executed = 0
    with ENDS[end](load_target(), Path(folder), runs) as run_round:
        for number in range(WARM_UP + rounds):
            executed += run_round()
            previous = count_resources(previous)
            if number >= WARM_UP - 1:
                samples.append(json.dumps(previous))
    runs_per_round = 1 if end == "cancelled" else runs
    expected = runs_per_round * (WARM_UP + rounds)
    return {"samples": [json.loads(sample) for sample in samples], "executed": executed, "expected": expected}


def cases(runs: int, **more: Any) -> list[dict[str, Any]]:
    return [{"index": index, **more} for index in range(runs)]


def run_and_count(target: Target, sweep: PlannedSweep, options: RunOptions, *ends: str, keep: bool = False) -> int:
    """Run a sweep and remove its store, unless `keep` is set; returns the number of runs that ended in these ways."""
    summary = target.attempt(sweep.experiment(target), options)
    if not any(getattr(summary, end) for end in ends):
        summary.raise_for_error()
    if not keep:
        remove_store(options.store)
    return sum(int(getattr(summary, end)) for end in ends)


@contextmanager
def succeeding(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep = PlannedSweep("leaks", hungry, cases(runs, fail=False))
    yield lambda: run_and_count(target, sweep, RunOptions(str(folder / "store"), workers=2), "completed")


@contextmanager
def failing(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep = PlannedSweep("leaks", hungry, cases(runs, fail=True))
    yield lambda: run_and_count(target, sweep, RunOptions(str(folder / "store"), workers=2), "failed")


@contextmanager
def skipping(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep, options = (
        PlannedSweep("leaks", hungry, cases(runs, fail=False)),
        RunOptions(str(folder / "store"), workers=2),
    )
    run_and_count(target, sweep, options, keep=True)
    yield lambda: run_and_count(target, sweep, options, "skipped", keep=True)


@contextmanager
def sharing(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep = PlannedSweep("leaks", hungry, cases(runs, fail=False))
    with target.executor("thread", 2) as executor:
        yield lambda: run_and_count(target, sweep, RunOptions(str(folder / "store"), shared=executor), "completed")


@contextmanager
def reading(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep, options = PlannedSweep("leaks", hungry, cases(runs, fail=False)), RunOptions(str(folder / "store"))
    run_and_count(target, sweep, options, keep=True)
    logs = "logs" in target.features
    yield lambda: len(target.read(options.store, sweep.experiment(target), logs=logs).runs)


@contextmanager
def cancelling(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    begun, release = folder / "begun", folder / "release"
    sweep = PlannedSweep("leaks", waiting, cases(runs, begun=str(begun), release=str(release)))
    options = RunOptions(str(folder / "store"), workers=2)

    def run_round() -> int:
        begun.unlink(missing_ok=True)
        release.unlink(missing_ok=True)
        started = target.start(sweep.experiment(target), options)
        while not begun.exists() and started.wait(0.002) is None:
            pass
        started.cancel()
        release.touch()  # for runs that do not learn of the cancellation
        summary = started.wait()
        if summary is not None and not begun.exists():
            summary.raise_for_error()
        remove_store(options.store)
        return int(begun.exists())

    yield run_round


@contextmanager
def dying_workers(target: Target, folder: Path, runs: int) -> Iterator[Callable[[], int]]:
    sweep = PlannedSweep("leaks", dying, cases(runs))
    yield lambda: run_and_count(
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
