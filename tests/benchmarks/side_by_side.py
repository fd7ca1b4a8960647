"""Figures of several metalabs, taken alternately in one session.

`python tests/benchmarks/side_by_side.py pytest_optbench.engine metalab`, in an environment that has them all;
`--rounds 3` takes each figure three times.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROUNDS = 5
SECONDS = 600.0  # against a hang
PLAN = (
    ("full-payload", "ms a run", (100,)),
    ("no-op", "ms a run", (300,)),
    ("first-run", "s", (1_000, 10_000, 100_000)),
    ("resume", "ms a finished run", (500, 1_000, 2_000, 4_000)),
    ("gathering", "ms a finished run", (1_000, 2_000, 4_000)),
)
GROWING = ("resume", "gathering")
Samples = dict[tuple[str, int, str], list[float]]


def taken(figure: str, load: int, target: str) -> float:
    """One figure, taken in a fresh process; NaN where the target has none."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "OPTBENCH_METALAB": target, "FIGURES_FOLDER": folder}
        command = [sys.executable, str(Path(__file__).with_name("figures.py")), figure, str(load)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=True)
    figure_taken = json.loads(done.stdout.splitlines()[-1])
    return math.nan if figure_taken is None else float(figure_taken)


def interleaved(figure: str, load: int, targets: Sequence[str], rounds: int) -> dict[str, list[float]]:
    """One figure of every target, `rounds` times, the targets taking turns."""
    samples: dict[str, list[float]] = {target: [] for target in targets}
    for _ in range(rounds):
        for target in targets:
            samples[target].append(taken(figure, load, target))
    return samples


def table(targets: Sequence[str], rounds: int) -> Iterator[str]:
    """Lines, each as soon as it is known: the median of each figure with the range, by target."""
    samples: Samples = {}
    yield " | ".join(["figure", "load", *targets])
    for figure, unit, loads in PLAN:
        for load in loads:
            found = interleaved(figure, load, targets, rounds)
            samples |= {(figure, load, target): sample for target, sample in found.items()}
            yield " | ".join([f"{figure}, {unit}", f"{load:,}", *map(cell, found.values())])
        if figure in GROWING:
            cells = (f"{exponent(samples, figure, target):.2f}" for target in targets)
            yield " | ".join([f"{figure}, growth exponent of the whole", "", *cells])


def cell(sample: Sequence[float]) -> str:
    """The median and the range; a dash where the target has no such figure."""
    if any(map(math.isnan, sample)):
        return "-"
    return f"{statistics.median(sample):.3g} ({min(sample):.3g}..{max(sample):.3g})"


def exponent(samples: Samples, figure: str, target: str) -> float:
    """The slope of log(whole cost) over log(load), by least squares; NaN where there is no such figure."""
    loads = next(loads for name, _, loads in PLAN if name == figure)
    points = [(math.log(n), math.log(n * statistics.median(samples[figure, n, target]))) for n in loads]
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+", help="metalabs by module")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    for line in table(asked.targets, asked.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
