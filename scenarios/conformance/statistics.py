"""Bounds on distributions, correlations and shares that a sound target exceeds once in a thousand million sessions.

Each bound is exact for any number of draws, and holds for all tests of a session together: with m tests each may fail
once in m * 10**9 (Bonferroni).

- distributions: the largest distance of an empirical distribution from the true one exceeds t with a probability of at
  most 2 exp(-2 n t^2) (Dvoretzky, Kiefer, Wolfowitz, with the constant of Massart), also where values repeat;
- correlations: the mean of n products of centred draws, each within -1 and 1, exceeds t with at most
  2 exp(-n t^2 / 2) (Hoeffding);
- shares: the share of n independent events exceeds its probability by t with at most 2 exp(-2 n t^2) (Hoeffding).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

ONCE_IN = 10**9
TESTS = 1_000  # in a session, at most


def distance_allowed(draws: int) -> float:
    """The largest allowed deviation of a distribution or a share of so many draws."""
    return math.sqrt(math.log(2 * TESTS * ONCE_IN) / (2 * draws))


def correlation_allowed(draws: int) -> float:
    """The largest allowed correlation of so many draws."""
    return 2 * distance_allowed(draws)


def distance(values: Sequence[float], share_up_to: Callable[[float], float]) -> float:
    """The Kolmogorov-Smirnov statistic: the largest distance from the expected distribution.

    `share_up_to` is its cumulative distribution function. The step of a repeated value is compared at both ends.
    """
    ordered = sorted(values)
    count = len(ordered)
    largest = 0.0
    for position, value in enumerate(ordered, start=1):
        if position == count or ordered[position] != value:
            largest = max(largest, position / count - share_up_to(value))
        if position == 1 or ordered[position - 2] != value:
            largest = max(largest, share_up_to(math.nextafter(value, -math.inf)) - (position - 1) / count)
    return largest


def correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """The mean product of draws from 0 to 1, centred and scaled to -1 to 1."""
    return float(np.mean((2 * np.asarray(left) - 1) * (2 * np.asarray(right) - 1)))


def must_occur(draws: int, values: int) -> bool:
    """Return whether so many draws contain each of so many equally likely values in every session."""
    return values * math.exp(-draws / values) * TESTS * ONCE_IN < 1


def uniform(low: float, high: float) -> Callable[[float], float]:
    """Return the cumulative distribution function of a uniform distribution."""
    return lambda x: min(1.0, max(0.0, (x - low) / (high - low)))


def loguniform(low: float, high: float) -> Callable[[float], float]:
    """Return the cumulative distribution function of a distribution whose logarithm is uniform."""
    return lambda x: 0.0 if x <= low else min(1.0, math.log(x / low) / math.log(high / low))


def whole(low: int, high: int) -> Callable[[float], float]:
    """Return the cumulative distribution function of equally likely whole numbers from `low` to `high`."""
    return lambda x: min(1.0, max(0.0, (math.floor(x) - low + 1) / (high - low + 1)))
