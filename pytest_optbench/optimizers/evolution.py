"""An evolution strategy: a Gaussian population around the mean of its elite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Array
from .history import History
from .parameters import check_integer, check_number
from .problem import Problem
from .result import OptimizationResult


@dataclass(frozen=True)
class EvolutionStrategy:
    """A (mu/mu, lambda) evolution strategy (Beyer and Schwefel 2002) with a fixed schedule of step sizes.

    Each generation draws `pop_size` points around its centre, with standard deviation `sigma` times the width
    of the domain in every coordinate, in pairs that mirror each other (Brockhoff, Auger, Hansen, Arnold and
    Hohm 2010). The mean of the best share `elite_frac` is the next centre, and `sigma` is multiplied by
    `sigma_decay`.

    Raises InvalidInputError for an impossible value.
    """

    pop_size: int = 20
    elite_frac: float = 0.25
    sigma: float = 0.1
    sigma_decay: float = 0.99

    def __post_init__(self) -> None:
        check_integer("pop_size", self.pop_size, 2)
        check_number("elite_frac", self.elite_frac, "(0, 1]")
        check_number("sigma", self.sigma, "(0, 1]")
        check_number("sigma_decay", self.sigma_decay, "(0, 1]")

    def __call__(self, problem: Problem, budget: int, rng: np.random.Generator) -> OptimizationResult:
        """Minimize `problem` from a random centre; `pop_size` evaluations a generation."""
        history = History(budget)
        elite = max(1, round(self.elite_frac * self.pop_size))
        centre = problem.sample(rng, 1)[0]
        spread = self.sigma * problem.width
        while history.remaining:
            points = _offspring(problem, centre, spread, min(self.pop_size, history.remaining), rng)
            values = problem(points)
            history.record_batch(points, values)
            best = values.argsort(kind="stable")[:elite]
            centre = np.full(best.size, 1.0 / best.size) @ points.take(best, axis=0)
            history.keep(centre)
            spread *= self.sigma_decay
        return history.result("budget")


def _offspring(problem: Problem, centre: Array, spread: float, n: int, rng: np.random.Generator) -> Array:
    """Draw `n` points around the centre in mirrored pairs, shape (n, dim), inside the domain."""
    steps = rng.standard_normal(((n + 1) // 2, problem.dim))
    steps *= spread
    return problem.clip(np.concatenate((centre + steps, centre - steps))[:n])
