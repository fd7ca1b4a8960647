"""A problem: a test function in one dimension, in place or shifted, with its domain and its known answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

import numpy as np

from pytest_optbench.errors import UnknownNameError

from .arrays import Array
from .functions import FUNCTIONS, Objective
from .parameters import check_integer

SHIFT_SPAN: Final = 0.8
"""Shifted minimizers are uniform in the middle 80 % of the domain, as in COCO ([-4, 4] of [-5, 5])."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A function to minimize over the box [lower, upper]^dim, whose minimizer and minimum are known.

    `minimizer` has shape (dim,) and is read-only. Points outside the box are evaluated all the same; to stay
    inside is the optimizer's duty.
    """

    function: Objective
    minimizer: Array
    minimum: ClassVar[float] = 0.0
    _floor: Array = field(init=False, repr=False)
    _ceiling: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Arrays without dimensions are cheaper to clip against than Python numbers.
        object.__setattr__(self, "_floor", np.array(self.lower))
        object.__setattr__(self, "_ceiling", np.array(self.upper))
        self.minimizer.setflags(write=False)

    @property
    def name(self) -> str:
        """The name of the test function."""
        return self.function.name

    @property
    def dim(self) -> int:
        """The number of coordinates of a point."""
        return self.minimizer.size

    @property
    def lower(self) -> float:
        """The least value that any coordinate may take."""
        return self.function.lower

    @property
    def upper(self) -> float:
        """The greatest value that any coordinate may take."""
        return self.function.upper

    @property
    def width(self) -> float:
        """The length of the domain's edges."""
        return self.function.upper - self.function.lower

    def __call__(self, x: Array) -> Array:
        """The values at a batch of points: (n, dim) gives (n,), one point (dim,) a scalar."""
        return self.function.value(x - self.minimizer)

    def gradient(self, x: Array) -> Array:
        """The analytic gradients at a batch of points, in the shape of `x`."""
        return self.value_and_gradient(x)[1]

    def value_and_gradient(self, x: Array) -> tuple[Array, Array]:
        """Values and gradients in one pass, shapes (n,) and (n, dim); it counts as one evaluation a point."""
        return self.function.value_and_gradient(x - self.minimizer)

    def clip(self, x: Array) -> Array:
        """The nearest points inside the domain, in the shape of `x`."""
        return np.minimum(np.maximum(x, self._floor), self._ceiling)

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """Draw `n` points uniformly from the domain, shape (n, dim)."""
        points = rng.random((n, self.dim))
        points *= self.width
        points += self.lower
        return points


def problem(name: str, dim: int, rng: np.random.Generator | None = None) -> Problem:
    """Build the test function `name` in `dim` dimensions; with `rng`, an instance shifted at random.

    A shifted instance keeps the domain and moves the minimizer to a uniform point of its middle 80 %, so that
    nothing is gained by searching the centre.

    Raises UnknownNameError (no such function) and InvalidInputError (an impossible dimension).
    """
    function = _function(name)
    dim = check_integer("dim", dim, function.smallest_dim)
    if rng is None:
        return Problem(function, np.full(dim, function.minimizer))
    centre, width = (function.lower + function.upper) / 2.0, function.upper - function.lower
    return Problem(function, centre + width * SHIFT_SPAN * (rng.random(dim) - 0.5))


def default_budget(name: str, dim: int) -> int:
    """The budget in evaluations that suits a problem: dim x (sphere 50 ... rastrigin 300).

    Raises UnknownNameError (no such function) and InvalidInputError (an impossible dimension).
    """
    function = _function(name)
    return function.budget_per_dim * check_integer("dim", dim, function.smallest_dim)


def _function(name: str) -> Objective:
    if name not in FUNCTIONS:
        raise UnknownNameError("problem", name, FUNCTIONS)
    return FUNCTIONS[name]
