"""The record that an optimizer keeps while it runs: every value, the best point, a hundred positions."""

from __future__ import annotations

import math
from array import array
from typing import Final

import numpy as np

from .arrays import Array
from .result import OptimizationResult, Stop

POSITIONS: Final = 100
"""The most positions that a trajectory holds."""


class History:
    """Everything seen so far within a budget of evaluations.

    Arrays handed in are kept, not copied: an optimizer makes a new array for every new point. A value that is
    not a number is never the best one.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.best_f = math.inf
        self.best_x: Array | None = None
        self._values = array("d")
        self._kept: list[tuple[int, Array]] = []
        self._position: Array | None = None
        self._next_mark = 1
        # One place stays free for the last position, which seldom falls on a mark.
        self._stride = -(-budget // (POSITIONS - 1))

    @property
    def remaining(self) -> int:
        """How many evaluations the budget still allows."""
        return self.budget - len(self._values)

    def record(self, x: Array, value: float) -> None:
        """Note one evaluation: the point, shape (dim,), and its value."""
        self._values.append(value)
        if value < self.best_f or self.best_x is None:
            self._improve(x, value)

    def record_batch(self, points: Array, values: Array) -> None:
        """Note a batch of evaluations in order: points of shape (n, dim), values of shape (n,)."""
        self._values.frombytes(values.tobytes())
        winner = int(values.argmin())
        if math.isnan(values[winner]):  # where there are such values, argmin finds the first of them
            winner = int(np.fmin(values, math.inf).argmin())
        if values[winner] < self.best_f or self.best_x is None:
            self._improve(points[winner].copy(), float(values[winner]))

    def keep(self, position: Array) -> None:
        """Say where the search stands now; it is kept when the next mark on the budget has been reached."""
        self._position = position
        seen = len(self._values)
        if seen >= self._next_mark:
            self._kept.append((seen, position))
            self._next_mark = seen + self._stride

    def keep_best(self) -> None:
        """Say that the search stands at the best point seen."""
        if self.best_x is not None:
            self.keep(self.best_x)

    def result(self, stopped: Stop) -> OptimizationResult:
        """Close the record; needs at least one evaluation and one position."""
        seen = len(self._values)
        if self._kept[-1][0] != seen and self._position is not None:
            self._kept.append((seen, self._position))
        values = np.array(self._values)
        return OptimizationResult(
            best_x=np.array(self.best_x),
            best_f=self.best_f,
            evaluations=seen,
            history_evaluations=np.arange(1, seen + 1),
            history_f=np.minimum.accumulate(np.fmin(values, math.inf)),
            trajectory_evaluations=np.array([evaluations for evaluations, _ in self._kept]),
            trajectory=np.array([position for _, position in self._kept]),
            stopped=stopped,
        )

    def _improve(self, x: Array, value: float) -> None:
        self.best_x = x
        self.best_f = math.inf if math.isnan(value) else value
