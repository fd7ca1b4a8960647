"""A problem that keeps every point it is asked about, and can be made to answer nonsense."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pytest_optbench.optimizers import Problem, problem


class CountingProblem(Problem):
    """Counts evaluations by points, however they arrive, and passes the values through `spoil`."""

    def __init__(self, name: str, dim: int, rng=None, spoil: Callable[[np.ndarray], np.ndarray] = lambda f: f):
        inner = problem(name, dim, rng)
        super().__init__(inner.function, inner.minimizer)
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "spoil", spoil)

    @property
    def points(self) -> np.ndarray:
        """Every point evaluated so far, in order: (n, dim)."""
        return np.concatenate(self.asked)

    def __call__(self, x):
        self.asked.append(np.array(x).reshape(-1, self.dim))
        return self.spoil(super().__call__(x))

    def value_and_gradient(self, x):
        self.asked.append(np.array(x).reshape(-1, self.dim))
        value, gradient = super().value_and_gradient(x)
        return self.spoil(value), gradient
