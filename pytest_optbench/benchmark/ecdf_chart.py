"""The ECDF of each optimizer in a stored sweep, for the report: the share of problems solved within an effort."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from pytest_optbench.optimizers.arrays import Array
from pytest_optbench.optimizers.ecdf import ecdf, hitting_times
from pytest_optbench.target import StoredRun

from .operation import PRECISIONS

POINTS = 60
Line = list[tuple[float, float]]


def shares_solved(runs: Iterable[StoredRun]) -> Mapping[str, Line]:
    """Return for each algorithm `POINTS` points: evaluations / dimension, and the share of pairs solved by then.

    A pair is a run and a precision. Runs without a stored series are left out: another check reports them.
    """
    runtimes: dict[str, list[Array]] = {}
    for run in runs:
        if run.series.get("objective"):
            runtimes.setdefault(str(run.metrics["algorithm"]), []).append(_runtimes(run))
    if not runtimes:
        return {}
    pooled = np.concatenate([times for group in runtimes.values() for times in group])
    efforts = np.geomspace(0.1, max(1.0, *pooled[np.isfinite(pooled)]), POINTS)
    return {
        name: list(zip(efforts.tolist(), ecdf(times, efforts).tolist(), strict=True))
        for name, times in runtimes.items()
    }


def _runtimes(run: StoredRun) -> Array:
    """Return evaluations / dimension until each precision, by the stored series of (evaluation, best value)."""
    steps, best = zip(*run.series["objective"], strict=True)
    minimum = run.metrics["best_f"] - run.metrics["optimality_gap"]
    hits = hitting_times(steps, np.array(best) - minimum, np.array(PRECISIONS))
    return hits / float(run.metrics["dim"])
