"""Counts that nearly repeat: the smallest of several, how well it repeats, and growth judged by both.

A thread that polls while it waits adds calls that depend on time. Such noise only adds, so the smallest count is the
stable one, and the distance to the next smallest one says how stable it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from .measure import growth_at_the_end

TIMES = 7  # most counts; two that agree are enough
NEAR = 0.001  # share of a count by which another may exceed it and still agree

Side = Literal["within", "outside", "undecided"]


@dataclass(frozen=True)
class RepeatedCount:
    """The smallest of several counts, and the next smallest one: the true count lies between."""

    least: int
    next_least: int

    @property
    def repeats(self) -> bool:
        """Whether two counts agreed."""
        return self.next_least <= self.least * (1 + NEAR)


@dataclass(frozen=True)
class Exponents:
    """The smallest, the most likely and the largest growth exponent that counts allow."""

    low: float
    likely: float
    high: float

    def side_of(self, bound: float) -> Side:
        """Return the side of an upper bound on which the exponent lies; undecided if the spread crosses the bound."""
        if self.high <= bound:
            return "within"
        return "outside" if self.low > bound else "undecided"


def repeated_count(count: Callable[[], int], times: int = TIMES) -> RepeatedCount:
    """Call `count` until two results agree, at least twice and at most `times` times."""
    taken: list[int] = []
    while True:
        taken = sorted([*taken, count()])
        if len(taken) > 1:
            repeated = RepeatedCount(taken[0], taken[1])
            if repeated.repeats or len(taken) >= times:
                return repeated


def growth_of_counts(loads: Sequence[float], counts: Sequence[RepeatedCount]) -> Exponents:
    """Fit the growth at the end (see `growth_at_the_end`) to every choice of counts within their spread.

    Raises:
        InvalidInputError: fewer than four loads, or loads that do not rise.
    """
    choices = product(*({count.least, count.next_least} for count in counts))
    exponents = [growth_at_the_end(loads, choice).exponent for choice in choices]
    likely = growth_at_the_end(loads, [count.least for count in counts]).exponent
    return Exponents(min(exponents), likely, max(exponents))
