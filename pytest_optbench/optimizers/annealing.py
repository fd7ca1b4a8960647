"""Simulated annealing in a box, with random numbers drawn in blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from pytest_optbench.errors import InvalidInputError

from .arrays import Array
from .history import History
from .parameters import check_choice, check_number
from .problem import Problem
from .result import OptimizationResult

COOLINGS: Final = ("exponential", "linear")
BLOCK: Final = 128
"""Moves drawn at once: enough to hide the cost of a call, few enough to stay in the cache."""


@dataclass(frozen=True)
class SimulatedAnnealing:
    """Simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) with Gaussian moves.

    The temperature falls from `t_initial` to `t_final`, in units of the objective, along the whole budget. A
    move changes every coordinate; its root mean square length is `step_size` times the width of the domain.

    Raises InvalidInputError for an impossible value, UnknownNameError for an unknown `cooling`.
    """

    t_initial: float = 10.0
    t_final: float = 0.01
    cooling: str = "exponential"
    step_size: float = 0.1

    def __post_init__(self) -> None:
        check_number("t_initial", self.t_initial, "(0, inf)")
        check_number("t_final", self.t_final, "(0, inf)")
        check_choice("cooling", self.cooling, COOLINGS)
        check_number("step_size", self.step_size, "(0, 1]")
        if self.t_final > self.t_initial:
            raise InvalidInputError(
                f"t_final={self.t_final!r} is hotter than t_initial={self.t_initial!r}: cooling goes downward"
            )

    def __call__(self, problem: Problem, budget: int, rng: np.random.Generator) -> OptimizationResult:
        """Minimize `problem` from a random point; one evaluation an iteration."""
        history = History(budget)
        x = problem.sample(rng, 1)[0]
        f = float(np.fmin(problem(x), math.inf))
        history.record(x, f)
        history.keep(x)
        while history.remaining:
            moves, tolerances = self._draw(problem, history, rng)
            for move, tolerance in zip(moves, tolerances, strict=True):
                candidate = problem.clip(x + move)
                value = float(problem(candidate))
                history.record(candidate, value)
                if value <= f + tolerance:
                    x, f = candidate, value
                history.keep(x)
        return history.result("budget")

    def _draw(self, problem: Problem, history: History, rng: np.random.Generator) -> tuple[Array, list[float]]:
        """The next moves, shape (n, dim), and how much each may worsen the objective.

        Metropolis accepts a rise d when u < exp(-d / T) with u uniform: that is, when d < T e with
        e = -log u, a standard exponential number, which can be drawn before d is known.
        """
        n = min(BLOCK, history.remaining)
        moves = rng.standard_normal((n, problem.dim))
        moves *= (self.step_size / math.sqrt(problem.dim)) * problem.width
        done = history.budget - history.remaining
        progress = np.arange(done, done + n) / max(1, history.budget - 1)
        with np.errstate(over="ignore"):  # infinitely hot is hot: everything is accepted
            tolerances = self._temperature(progress) * rng.standard_exponential(n)
        return moves, tolerances.tolist()

    def _temperature(self, progress: Array) -> Array:
        """The temperature when a share `progress` of the budget is spent, 0 to 1."""
        if self.cooling == "linear":
            return self.t_initial + (self.t_final - self.t_initial) * progress
        temperature: Array = self.t_initial * (self.t_final / self.t_initial) ** progress
        return temperature
