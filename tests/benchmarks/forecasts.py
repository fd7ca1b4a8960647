"""Forecast large sweeps from small ones, run them, and print predicted over measured.

`python forecasts.py --tries 10 --small 1000 --large 100000 --metalab pytest_optbench.engine`

Each try measures anew, sweeps of at most `--small` runs, and then runs one of `--large` runs in a child process. The
goal, on a quiet machine, is within 25 % in nine of ten tries.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

WITHIN = 0.25


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=10)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=50.0, help="of measuring in each try")
    parser.add_argument("--metalab", default="pytest_optbench.engine")
    parser.add_argument("--payload", default="noop")
    parser.add_argument("--executor", choices=("thread", "process"), default="thread")
    return parser.parse_args()


def one_try(given: argparse.Namespace, folder: Path) -> tuple[float, bool]:
    """Return predicted over measured wall time, and whether the interval has what was measured."""
    from pytest_optbench.forecast.forecast import forecast
    from pytest_optbench.forecast.measurements import Resources
    from pytest_optbench.forecast.measuring import Measuring
    from pytest_optbench.forecast.payloads import payload_named
    from pytest_optbench.forecast.samples import Task, run_sample
    from pytest_optbench.stress.process.child import ResourceLimits, run_child

    payload = payload_named(given.payload, str(Path.cwd()))
    measuring = Measuring(payload, given.executor, [1], folder, given.small, lambda text: None, given.seconds)
    found = forecast(measuring.measure(), Resources.near(folder), given.large, payload.name, given.executor)
    predicted = found.costs[0].at[found.sizes.index(given.large)]
    task = Task(payload, 0, given.large, str(folder / "large"), given.executor)
    ended = run_child(run_sample, task.fields(), needs=task.modules, bounds=ResourceLimits(seconds=3_600))
    measured = float(ended.value_or_raise()["seconds"])
    growth = found.costs[0].growth
    exponent = "-" if growth is None else f"{growth.value:.3f} ({growth.low:.3f} to {growth.high:.3f})"
    print(
        f"predicted {predicted.value:8.2f} s ({predicted.low:.2f} to {predicted.high:.2f}), measured {measured:8.2f} "
        f"s, ratio {predicted.value / measured:.2f}; sweeps of up to {found.largest} runs, exponent {exponent}",
        flush=True,
    )
    return predicted.value / measured, predicted.low <= measured <= predicted.high


def main() -> None:
    given = arguments()
    os.environ["OPTBENCH_METALAB"] = given.metalab
    print(f"{given.metalab}, {given.payload}, {given.large:,} runs from {given.small:,}")
    tried = []
    for _ in range(given.tries):
        folder = Path(tempfile.mkdtemp(prefix="optbench-forecast-"))
        try:
            tried.append(one_try(given, folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    near = sum(1 - WITHIN <= ratio <= 1 + WITHIN for ratio, _ in tried)
    inside = sum(is_inside for _, is_inside in tried)
    print(f"within {WITHIN:.0%} in {near} of {len(tried)} tries; measured in the interval in {inside} of {len(tried)}")


if __name__ == "__main__":
    main()
