"""Milliseconds that it takes to add ten runs to a store, by the number of runs that it holds already.

`python tests/benchmarks/added_runs.py [--stored 100 2000 20000] [--rounds 5]`

The figures are to be the same in every row: what is planned is looked up, and the rest of the store is not read.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from finished_runs import nothing

import pytest_optbench.engine as metalab

ADDED = 10


def add(store: Path, first: int, runs: int) -> float:
    """Run so many new cases, and return how many milliseconds that took."""
    cases = metalab.grid(n=range(first, first + runs))
    sweep = metalab.Experiment("stored", "1", context={}, operation=nothing, params=cases, seeds=metalab.seeds())
    began = time.perf_counter()
    done = metalab.run(sweep, store=store).result()
    taken = 1e3 * (time.perf_counter() - began)
    if len(done) != runs:
        raise RuntimeError(f"{len(done)} runs were done, of {runs}")
    return taken


def figures(folder: Path, stored: Sequence[int], rounds: int) -> Iterator[tuple[int, list[float]]]:
    """The milliseconds of each round, by the number of stored runs at its beginning."""
    for runs in stored:
        store, beginnings = folder / str(runs), itertools.count(10**9, ADDED)
        add(store, 0, runs)
        yield runs, [add(store, next(beginnings), ADDED) for _ in range(rounds)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", type=int, nargs="+", default=[100, 2000, 20_000])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for runs, taken in figures(Path(folder), asked.stored, asked.rounds):
            print(f"  {runs:>9} stored {statistics.median(taken):8.2f} ms  ({min(taken):.2f}..{max(taken):.2f})")


if __name__ == "__main__":
    main()
