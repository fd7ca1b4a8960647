"""Random search: uniform, in a shrinking box around the best point, or local with restarts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import Array
from .history import History
from .parameters import check_choice, check_number
from .problem import Problem
from .result import OptimizationResult

STRATEGIES: Final = ("uniform", "shrinking", "restart")
BATCH: Final = 128
"""Points that uniform search evaluates at once: their temporaries still fit in the cache."""
ROUND: Final = 20
"""Points drawn from one box before the local strategies look at what they found."""
RESTART_SHRINK: Final = 0.5
RESTART_RADIUS: Final = 1e-3
"""The restart strategy halves its box after a vain round and leaves it below this share of the domain."""


@dataclass(frozen=True)
class RandomSearch:
    """Random search.

    - `uniform` draws every point from the whole domain.
    - `shrinking` draws rounds of points from a box around the best one; a round that finds nothing better
      multiplies the box's radius by `shrink_factor` (which the other strategies do not use).
    - `restart` does the same with the factor 1/2, and begins anew at a random point when its box is tiny.

    Raises InvalidInputError for an impossible value, UnknownNameError for an unknown `strategy`.
    """

    strategy: str = "uniform"
    shrink_factor: float = 0.9

    def __post_init__(self) -> None:
        check_choice("strategy", self.strategy, STRATEGIES)
        check_number("shrink_factor", self.shrink_factor, "(0, 1)")

    def __call__(self, problem: Problem, budget: int, rng: np.random.Generator) -> OptimizationResult:
        """Minimize `problem`; one evaluation a point drawn."""
        history = History(budget)
        if self.strategy == "uniform":
            _uniform(problem, history, rng)
        elif self.strategy == "shrinking":
            _local(problem, history, rng, shrink=self.shrink_factor, smallest=0.0)
        while history.remaining:  # the other strategies have spent everything by now
            _local(problem, history, rng, shrink=RESTART_SHRINK, smallest=RESTART_RADIUS)
        return history.result("budget")


def _uniform(problem: Problem, history: History, rng: np.random.Generator) -> None:
    while history.remaining:
        points = problem.sample(rng, min(BATCH, history.remaining))
        history.record_batch(points, problem(points))
        history.keep_best()


def _local(problem: Problem, history: History, rng: np.random.Generator, *, shrink: float, smallest: float) -> None:
    """Search around a random point, in a box that shrinks to `smallest`, a share of the domain's width."""
    centre = problem.sample(rng, 1)
    best = float(np.fmin(problem(centre)[0], np.inf))
    history.record_batch(centre, np.array([best]))
    history.keep_best()
    radius = 0.5
    while history.remaining and radius >= smallest:
        points = _draw_around(centre, radius, problem, min(ROUND, history.remaining), rng)
        values = np.fmin(problem(points), np.inf)
        history.record_batch(points, values)
        history.keep_best()
        winner = int(values.argmin())
        if values[winner] < best:
            centre, best = points[winner : winner + 1], float(values[winner])
        else:
            radius *= shrink


def _draw_around(centre: Array, radius: float, problem: Problem, n: int, rng: np.random.Generator) -> Array:
    """Draw (n, dim) points uniformly from what the domain holds of a box around `centre`, shape (1, dim)."""
    reach = radius * problem.width
    low, high = problem.clip(centre - reach), problem.clip(centre + reach)
    return problem.clip(low + (high - low) * rng.random((n, problem.dim)))
