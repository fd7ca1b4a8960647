"""Figures of several metalabs, taken alternately in one session.

`python tests/benchmarks/side_by_side.py pytest_optbench.engine metalab`, in an environment that has them all.
"""

from __future__ import annotations

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
)
Samples = dict[tuple[str, int, str], list[float]]


def taken(figure: str, load: int, target: str) -> float:
    """One figure, taken in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "OPTBENCH_METALAB": target, "FIGURES_FOLDER": folder}
        command = [sys.executable, str(Path(__file__).with_name("figures.py")), figure, str(load)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def interleaved(targets: Sequence[str], rounds: int) -> Samples:
    """Every figure of every target, `rounds` times, the targets taking turns."""
    samples: Samples = {}
    for figure, _, loads in PLAN:
        for load in loads:
            for _ in range(rounds):
                for target in targets:
                    samples.setdefault((figure, load, target), []).append(taken(figure, load, target))
    return samples


def table(samples: Samples, targets: Sequence[str]) -> Iterator[str]:
    """Lines: the median of each figure with the range, by target."""
    yield " | ".join(["figure", "load", *targets])
    for figure, unit, loads in PLAN:
        for load in loads:
            told = (samples[figure, load, target] for target in targets)
            cells = (f"{statistics.median(s):.3g} ({min(s):.3g}..{max(s):.3g})" for s in told)
            yield " | ".join([f"{figure}, {unit}", f"{load:,}", *cells])
    yield " | ".join(["resume, growth exponent of the whole", "", *(f"{exponent(samples, t):.2f}" for t in targets)])


def exponent(samples: Samples, target: str) -> float:
    """The slope of log(whole cost) over log(load), by least squares."""
    loads = next(loads for figure, _, loads in PLAN if figure == "resume")
    points = [(math.log(n), math.log(n * statistics.median(samples["resume", n, target]))) for n in loads]
    return statistics.linear_regression(*zip(*points, strict=True)).slope


if __name__ == "__main__":
    for line in table(interleaved(sys.argv[1:], ROUNDS), sys.argv[1:]):
        print(line)
