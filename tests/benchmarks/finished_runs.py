"""Microseconds that a finished run costs: passed over when its sweep is resumed, and read into pandas.

`python tests/benchmarks/finished_runs.py [--runs 100000] [--rounds 5]`

The store is made once, of runs that do nothing. Then the contenders take turns in one process; the first is the floor:

files    list the folders of all runs, and open, read and close each record, with nothing made of it
resume   the sweep once more, from the call to its results; helper processes scan where there are cores for them
alone    the same on one core
pandas   `load_results(store).to_dataframe()`
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest_optbench.engine as metalab

Contender = Callable[[], int]  # returns how many finished runs it met


@metalab.operation
def nothing() -> None:
    """Do nothing: whatever time passes is the engine's."""


def experiment(runs: int) -> metalab.Experiment:
    """A sweep of so many different runs."""
    cases = metalab.grid(n=range(runs))
    return metalab.Experiment("stored", "1", context={}, operation=nothing, params=cases, seeds=metalab.seeds())


def contenders(store: Path, runs: int) -> dict[str, Contender]:
    """All of them, on a store that has been filled."""
    sweep = experiment(runs)

    def resume() -> int:
        handle = metalab.run(sweep, store=store)
        handle.result()
        return handle.status.skipped

    def alone() -> int:
        with one_core():
            return resume()

    def pandas() -> int:
        return len(metalab.load_results(store).to_dataframe())

    return {"files": lambda: read_by_hand(store), "resume": resume, "alone": alone, "pandas": pandas}


def read_by_hand(store: Path) -> int:
    """Read every record of the only experiment in a store."""
    read = 0
    for shard in next(store.glob("*/runs")).iterdir():
        place = os.open(shard, os.O_RDONLY)
        for run in os.listdir(place):  # noqa: PTH208 - an open folder has no path
            record = os.open(f"{run}/record.json", os.O_RDONLY, dir_fd=place)
            read += bool(os.read(record, 1 << 16))
            os.close(record)
        os.close(place)
    return read


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep this process to the first of its cores."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def race(store: Path, runs: int, rounds: int) -> dict[str, list[float]]:
    """Microseconds a run of every contender, round by round."""
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, contend in contenders(store, runs).items():
            began = time.perf_counter()
            seen = contend()
            taken.setdefault(name, []).append((time.perf_counter() - began) / runs * 1e6)
            if seen != runs:
                raise RuntimeError(f"{name} met {seen} finished runs of {runs}")
    return taken


def table(taken: Mapping[str, list[float]]) -> Iterator[str]:
    """A line a contender: median, range, and the median of the ratios to the floor."""
    floor = next(iter(taken.values()))
    for name, figures in taken.items():
        ratio = statistics.median(a / b for a, b in zip(figures, floor, strict=True))
        spread = f"({min(figures):.2f}..{max(figures):.2f})"
        yield f"  {name:<8}{statistics.median(figures):7.2f} us a run {spread:<18}{ratio:6.2f} x"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        metalab.run(experiment(asked.runs), store=store).result()
        print(f"{asked.runs} stored runs, {asked.rounds} rounds on {len(os.sched_getaffinity(0))} cores")
        print("\n".join(table(race(store, asked.runs, asked.rounds))), flush=True)


if __name__ == "__main__":
    main()
