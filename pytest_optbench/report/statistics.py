"""Rank statistics on raw samples that decide whether a cost grew; the verdict may also be *inconclusive*.

Ratios are of medians in the sense of Hodges and Lehmann: the median of all pairwise ratios, whose confidence
interval follows from the same rank sums as the test. Plain Python: the samples are few, and a session that compares
nothing must not pay for an import.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, median
from typing import Literal

ALPHA = 0.001  # a gate judges many limits on every push, and an A/B looks at them after each round
EXACT = 400  # largest product of sample sizes for which the exact distribution is counted
EXACT_PAIRS = 60  # the same for pairs
SPLITS = 200
FEWEST = 4  # samples that have a noise floor
ENOUGH = 8  # samples a side that can be significant at all
MOST = 10_000

TAKEN = 20  # samples that a session takes at most because a rule asks for them

StatisticalVerdict = Literal["pass", "fail", "inconclusive"]


@dataclass(frozen=True)
class Ratio:
    """The factor by which the second samples exceed the first, with a 95 % interval and the p value of a rank test.

    With too few samples the interval reaches from zero to infinity. `samples` counts the smaller side.
    """

    value: float
    low: float
    high: float
    p: float
    samples: int


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p of Mann and Whitney: exact for few samples without ties, else normal with tie correction.

    Raises:
        ValueError: an empty sample.
    """
    sizes = len(first), len(second)
    if not all(sizes):
        raise ValueError("mann_whitney: both samples need at least one value")
    wins = sum((a > b) + 0.5 * (a == b) for a in first for b in second)
    pooled = [*first, *second]
    if len(set(pooled)) == len(pooled) and sizes[0] * sizes[1] <= EXACT:
        return _exact_p(round(min(wins, sizes[0] * sizes[1] - wins)), *sizes)
    return _normal_p(wins, sizes, pooled)


def ratio(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Ratio:
    """Return the factor by which `second` exceeds `first`; too few samples give an interval without bounds.

    Raises:
        ValueError: a sample that is not positive.
    """
    if min(*first, *second) <= 0:
        raise ValueError("ratio: samples must be positive")
    steps = sorted(math.log(b / a) for a in first for b in second)
    count = len(steps)
    spread = math.sqrt(count * (len(first) + len(second) + 1) / 12)
    cut = math.floor(count / 2 - NormalDist().inv_cdf(0.5 + confidence / 2) * spread)
    low, high = (steps[cut - 1], steps[count - cut]) if cut >= 1 else (-math.inf, math.inf)
    smaller = min(len(first), len(second))
    return Ratio(math.exp(median(steps)), math.exp(low), math.exp(high), mann_whitney(first, second), smaller)


def paired_ratio(first: Sequence[float], second: Sequence[float], confidence: float = 0.95) -> Ratio:
    """Return the ratio of samples that were taken in pairs, one right after the other: Wilcoxon's signed ranks.

    A disturbance that slows both samples of a pair cancels out, so this decides more on a machine whose speed varies.
    The estimate is the median of the means of all two pairs (Walsh averages).

    Raises:
        ValueError: a sample that is not positive.
    """
    if min(*first, *second) <= 0:
        raise ValueError("paired_ratio: samples must be positive")
    steps = [math.log(b / a) for a, b in zip(first, second, strict=True)]
    means = sorted((one + other) / 2 for at, one in enumerate(steps) for other in steps[at:])
    count, all_means = len(steps), len(means)
    spread = math.sqrt(count * (count + 1) * (2 * count + 1) / 24)
    cut = math.floor(all_means / 2 - NormalDist().inv_cdf(0.5 + confidence / 2) * spread)
    low, high = (means[cut - 1], means[all_means - cut]) if cut >= 1 else (-math.inf, math.inf)
    wins = sum((mean > 0) + 0.5 * (mean == 0) for mean in means)
    p = _signed_ranks_p(wins, count, tied=0 in means)
    return Ratio(math.exp(median(means)), math.exp(low), math.exp(high), p, count)


def noise_floor(samples: Sequence[float], seed: int = 0) -> float:
    """Return the ratio that two halves of one measurement reach by chance in 95 of 100 splits (A/A), at least 1.

    Halves differ by more than wholes do: the logarithm is divided by the square root of two.
    """
    if len(samples) < FEWEST:
        return 1.0
    draw, values, half = random.Random(seed), list(samples), len(samples) // 2  # noqa: S311 - not a secret
    distances = []
    for _ in range(SPLITS):
        draw.shuffle(values)
        distances.append(abs(math.log(median(values[:half]) / median(values[half:]))))
    return math.exp(sorted(distances)[math.ceil(0.95 * SPLITS) - 1] / math.sqrt(2))


def samples_needed(before: int) -> int | None:
    """Return the fewest samples that can be significant against `before` earlier ones; None if too many are needed."""
    possible = (count for count in range(1, TAKEN + 1) if 2 / math.comb(count + before, before) < ALPHA)
    fewest = next(possible, None)
    return None if fewest is None else max(fewest, ENOUGH)


def spread_of(levels: Sequence[float]) -> float:
    """Return the largest ratio between repeated measurements of the same thing (A/A sessions), at least 1."""
    return max(levels) / min(levels) if len(levels) > 1 else 1.0


def judge(change: Ratio, worst: float, floor: float = 1.0) -> tuple[StatisticalVerdict, str]:
    """Decide whether costs (lower is better) grew by more than the factor `worst`; if unsure, say what would settle it.

    A regression needs significance and an effect above both `worst` and the noise `floor`. It passes where the
    interval of the ratio excludes an effect above `worst`; otherwise the samples do not decide.
    """
    if change.high <= worst:
        return "pass", ""
    if change.value > max(worst, floor) and change.low > 1 and change.p < ALPHA:
        return "fail", ""
    return "inconclusive", _advice(change, worst, floor)


def _advice(change: Ratio, worst: float, floor: float) -> str:
    count = change.samples
    if change.high == math.inf or count < ENOUGH:
        return f"{count} {'sample' if count == 1 else 'samples'} a side cannot decide: {ENOUGH} or more are needed"
    if floor >= change.value > worst:
        return f"equal runs differ by {floor:.2f}x here: a quieter machine would settle it"
    width = math.log(change.high / change.low) / 2
    distance = max(abs(math.log(worst / change.value)), 0.01)
    needed = min(MOST, max(count + 1, math.ceil(count * (width / distance) ** 2)))
    return f"{count} samples a side give {change.low:.2f}x to {change.high:.2f}x: about {needed:,} would settle it"


def _exact_p(smaller: int, first: int, second: int) -> float:
    at_most = sum(_arrangements(first, second)[: smaller + 1])
    return min(1.0, 2 * at_most / math.comb(first + second, first))


@lru_cache(maxsize=64)
def _arrangements(first: int, second: int) -> tuple[int, ...]:
    """Count the orders of the pooled samples that give each rank sum U = 0, 1, ..., first * second.

    The coefficients of the Gaussian binomial, by multiplying and dividing one factor at a time.
    """
    counts = [1] + [0] * (first * second)
    for factor in range(1, first + 1):
        for index in range(len(counts) - 1, second + factor - 1, -1):
            counts[index] -= counts[index - second - factor]
        for index in range(factor, len(counts)):
            counts[index] += counts[index - factor]
    return tuple(counts)


def _signed_ranks_p(wins: float, pairs: int, *, tied: bool) -> float:
    """Return the two-sided p of Wilcoxon's signed ranks: exact for few pairs without ties, else normal."""
    ranks = pairs * (pairs + 1) // 2
    if pairs <= EXACT_PAIRS and not tied:
        at_most = sum(_signings(pairs)[: round(min(wins, ranks - wins)) + 1])
        return min(1.0, 2 * at_most / (1 << pairs))
    spread = math.sqrt(ranks * (2 * pairs + 1) / 12)
    away = max(0.0, abs(wins - ranks / 2) - 0.5)  # correction for continuity
    return min(1.0, 2 * (1 - NormalDist().cdf(away / spread)))


@lru_cache(maxsize=64)
def _signings(pairs: int) -> tuple[int, ...]:
    """Count the choices of signs that give each sum of positive ranks: subsets of 1 to `pairs` by their sum."""
    counts = [1]
    for rank in range(1, pairs + 1):
        without, with_it = [*counts, *[0] * rank], [*[0] * rank, *counts]
        counts = [one + other for one, other in zip(without, with_it, strict=True)]
    return tuple(counts)


def _normal_p(wins: float, sizes: tuple[int, int], pooled: Sequence[float]) -> float:
    total = len(pooled)
    ties = sum(count**3 - count for count in (pooled.count(value) for value in set(pooled)))
    variance = sizes[0] * sizes[1] / 12 * (total + 1 - ties / max(1, total * (total - 1)))
    if variance <= 0:
        return 1.0
    away = max(0.0, abs(wins - sizes[0] * sizes[1] / 2) - 0.5)  # correction for continuity
    return min(1.0, 2 * (1 - NormalDist().cdf(away / math.sqrt(variance))))
