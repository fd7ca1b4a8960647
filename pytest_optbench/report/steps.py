"""The steps of a series: places where its level changes and stays changed.

The method is optimal partitioning (Jackson et al., "An algorithm for optimal partitioning of data on an interval", IEEE
Signal Processing Letters 12(2), 2005), as Killick, Fearnhead and Eckley state it in equation (4) of "Optimal detection
of changepoints with a linear computational cost", JASA 107(500), 2012: the segments that minimise the sum of their
costs, with a penalty for each. The cost of a segment is the sum of absolute deviations from its median, so that a
single outlying figure is no step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

# A penalty of scale * log(n) is that of the Bayesian information criterion, for noise of Laplace: a segment adds two
# parameters, its level and its place. This many times as much keeps all but 1 or 2 of 100 series of noise without a
# step; more of it for short series, whose noise is known badly.
PRUDENCE, FEW = 4.0, 4
MEDIAN_STEP = (
    1.1462  # the median difference of two values with noise of Laplace of scale 1: (1 + m / 2) exp(-m) = 1 / 2
)
FEWEST = 2  # values of a level, unless it is the first or the last one of figures that repeat


@dataclass(frozen=True)
class Step:
    """A change of level: the place of the first value of the new one, and both levels, which are medians."""

    at: int
    before: float
    after: float


def steps(values: Sequence[float], smallest_noise: float, *, repeats: bool = False) -> tuple[Step, ...]:
    """Return the steps of a series, on the logarithms of its values, which must be positive.

    The noise of the values is that which their differences show, and at least `smallest_noise`, as a share. `repeats`
    says that values are exact: a single one at either end is a level, and too few to show their noise have none.
    """
    logs = [math.log(value) for value in values]
    differences = [abs(after - before) for before, after in pairwise(logs)]
    shown = 0.0 if repeats and len(logs) < FEW else median(differences or [0.0]) / MEDIAN_STEP
    starts = _segments(logs, penalty(len(logs), max(smallest_noise, shown)), repeats=repeats)
    bounds = [*starts, len(values)]
    levels = [median(values[start:end]) for start, end in pairwise(bounds)]
    changes = zip(starts[1:], levels, levels[1:], strict=False)
    return tuple(Step(at, before, after) for at, before, after in changes)


def penalty(count: int, scale: float) -> float:
    """Return the penalty of a segment in a series of that many values, whose noise has this scale."""
    count = max(2, count)
    return PRUDENCE * (1 + FEW / count) * scale * math.log(count)


def _segments(values: Sequence[float], price: float, *, repeats: bool) -> list[int]:
    """Return where the cheapest segments start: the best way to reach each place extends one to an earlier place."""
    count = len(values)
    cost, came_from = [0.0, *[math.inf] * count], [0] * (count + 1)
    for end in range(1, count + 1):
        for start in range(end):
            at_an_end = start == 0 or end == count
            if end - start < FEWEST and not (at_an_end and (repeats or count < FEWEST)):
                continue
            total = cost[start] + price + _deviation(values[start:end])
            if total < cost[end]:
                cost[end], came_from[end] = total, start
    starts = [came_from[count]]
    while starts[0] > 0:
        starts.insert(0, came_from[starts[0]])
    return starts


def _deviation(values: Sequence[float]) -> float:
    middle = median(values)
    return sum(abs(value - middle) for value in values)
