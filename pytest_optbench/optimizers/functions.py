"""The five test functions, each written about its minimizer.

Every formula takes `u = x - minimizer` of shape (..., dim) and gives (...): a batch (n, dim) gives (n,), one
point (dim,) a scalar, and both take the same path. At u = 0 the value is exactly 0, and near it little
cancels: 1 - cos(2a) is written 2 sin(a)^2, and 1 - exp(a) as -expm1(a). To shift a function is to move its
minimizer.

Waves are built on the tangent t of half their angle, sin(2a) = 2t / (1 + t^2) and
cos(2a) = (1 - t^2) / (1 + t^2): one call then serves value and gradient, and numpy's tangent is vectorized
where its sine is not.

Definitions: M. Molga, C. Smutnicki, Test functions for optimization needs (2005); S. Surjanovic, D. Bingham,
Virtual Library of Simulation Experiments, https://www.sfu.ca/~ssurjano/optimization.html.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np

from .arrays import Array

# Arrays without dimensions: next to a small array, numpy handles them in half the time of a Python number.
_ONE: Final = np.array(1.0)
_TWO: Final = np.array(2.0)
_PI: Final = np.array(np.pi)
_FORTY_PI: Final = np.array(40.0 * np.pi)
_TWO_HUNDRED: Final = np.array(200.0)
_HALF_THOUSANDTH: Final = np.array(0.0005)

_KINK: Final = 1e-150
"""A radius too small for its square to be a normal double: there, Ackley's kink has no direction any more."""
_SLIVER: Final = np.array(1e-20)
"""Keeps a cosine off zero, and is lost in any other one."""


def sphere(u: Array) -> Array:
    """Sum of u_i^2."""
    return _dot(u, u)


def sphere_with_gradient(u: Array) -> tuple[Array, Array]:
    """Sum of u_i^2, and 2 u."""
    return _dot(u, u), _TWO * u


def rosenbrock(u: Array) -> Array:
    """Sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 at x = 1 + u, over i < dim."""
    _, gap = _valley(u)
    return _rosenbrock_value(u, gap)


def rosenbrock_with_gradient(u: Array) -> tuple[Array, Array]:
    """Rosenbrock's value, and 200 gap_{i-1} + 2 (u_i - 200 gap_i x_i) with gap_i = x_{i+1} - x_i^2."""
    head, gap = _valley(u)
    pull = _TWO_HUNDRED * gap
    gradient = np.empty_like(u)
    gradient[..., -1] = 0.0
    np.multiply(u[..., :-1] - pull * head, _TWO, out=gradient[..., :-1])
    rest = gradient[..., 1:]
    rest += pull
    return _rosenbrock_value(u, gap), gradient


def _valley(u: Array) -> tuple[Array, Array]:
    """x_i and x_{i+1} - x_i^2 at x = 1 + u, for i < dim."""
    x = _ONE + u
    head = x[..., :-1]
    return head, x[..., 1:] - head * head


def _rosenbrock_value(u: Array, gap: Array) -> Array:
    slope = u[..., :-1]
    return 100.0 * _dot(gap, gap) + _dot(slope, slope)


def rastrigin(u: Array) -> Array:
    """10 dim + sum of u_i^2 - 10 cos(2 pi u_i), which is the sum of u_i^2 + 20 sin(pi u_i)^2."""
    tangent, wave = _waves(u)
    return _dot(u, u) + 20.0 * _dot(tangent, wave)


def rastrigin_with_gradient(u: Array) -> tuple[Array, Array]:
    """Rastrigin's value, and 2 u + 20 pi sin(2 pi u)."""
    tangent, wave = _waves(u)
    return _dot(u, u) + 20.0 * _dot(tangent, wave), _TWO * u + _FORTY_PI * wave


def ackley(u: Array) -> Array:
    """20 + e - 20 exp(-0.2 r) - exp(mean cos(2 pi u_i)), r the root mean square of u."""
    tangent, wave = _waves(u)
    bowl, ripple = _ackley_parts(_root_mean_square(u), _dot(tangent, wave) / u.shape[-1])
    return -20.0 * bowl - np.e * ripple


def ackley_with_gradient(u: Array) -> tuple[Array, Array]:
    """Ackley's value, and (4 exp(-0.2 r) / r) u / dim + 2 pi exp(mean cos(2 pi u)) sin(2 pi u) / dim.

    At the minimizer, where the function has a kink, the gradient given is 0.
    """
    dim = u.shape[-1]
    tangent, wave = _waves(u)
    radius = _root_mean_square(u)
    bowl, ripple = _ackley_parts(radius, _dot(tangent, wave) / dim)
    inward = (4.0 / dim) * (1.0 + bowl) / (radius + _KINK)
    across = (4.0 * np.pi * np.e / dim) * (1.0 + ripple)
    return -20.0 * bowl - np.e * ripple, _scaled(inward, u) + _scaled(across, wave)


def _ackley_parts(radius: Array, wave: Array) -> tuple[Array, Array]:
    """exp(-0.2 r) - 1, and exp(c - 1) - 1 with c, the mean of cos(2 pi u_i), given as (1 - c) / 2."""
    return np.expm1(-0.2 * radius), np.expm1(-2.0 * wave)


def _root_mean_square(u: Array) -> Array:
    radius: Array = np.sqrt(_dot(u, u) / u.shape[-1])
    return radius


def griewank(u: Array) -> Array:
    """1 + sum of u_i^2 / 4000 - product of cos(u_i / sqrt(i)), i from 1."""
    tangent = np.tan(u * _half_rates(u.shape[-1]))
    square = tangent * tangent
    return _griewank_value(u, np.multiply.reduce((_ONE - square) / (_ONE + square), axis=-1))


def griewank_with_gradient(u: Array) -> tuple[Array, Array]:
    """Griewank's value, and u / 2000 + (product of the cosines) tan(u_i / sqrt(i)) / sqrt(i)."""
    half_rates = _half_rates(u.shape[-1])
    tangent = np.tan(u * half_rates)
    square = tangent * tangent
    above = (_ONE - square) + _SLIVER  # it divides the product it is a factor of, so it must not be 0
    product = np.multiply.reduce(above / (_ONE + square), axis=-1)
    gradient = _HALF_THOUSANDTH * u + _scaled(4.0 * product, half_rates * tangent / above)
    return _griewank_value(u, product), gradient


def _griewank_value(u: Array, product: Array) -> Array:
    return _dot(u, u) / 4000.0 + (1.0 - product)


def _waves(u: Array) -> tuple[Array, Array]:
    """tan(pi u) and sin(pi u) cos(pi u): their product is sin(pi u)^2, the latter is half of sin(2 pi u)."""
    tangent = np.tan(_PI * u)
    return tangent, tangent / (_ONE + tangent * tangent)


def _dot(a: Array, b: Array) -> Array:
    """The inner products of the rows; the method is the faster one where there is a single row."""
    products: Array = a.dot(b) if a.ndim == 1 else np.vecdot(a, b)
    return products


def _scaled(factors: Array, rows: Array) -> Array:
    """Each row times its factor."""
    return (factors * rows.T).T


@lru_cache(maxsize=64)
def _half_rates(dim: int) -> Array:
    """1 / (2 sqrt(i)) for i = 1..dim: what turns a coordinate into half of its angle."""
    rates: Array = 0.5 / np.sqrt(np.arange(1.0, dim + 1.0))
    rates.setflags(write=False)
    return rates


@dataclass(frozen=True)
class Objective:
    """A test function with its declared domain [lower, upper]^dim and minimizer; the value there is 0.

    `value` and `value_and_gradient` take u = x - minimizer, shape (..., dim).
    """

    name: str
    value: Callable[[Array], Array]
    value_and_gradient: Callable[[Array], tuple[Array, Array]]
    lower: float
    upper: float
    budget_per_dim: int
    minimizer: float = 0.0
    smallest_dim: int = 1


_ALL: Final = (
    Objective("sphere", sphere, sphere_with_gradient, -5.12, 5.12, 50),
    Objective("rosenbrock", rosenbrock, rosenbrock_with_gradient, -5.0, 10.0, 200, minimizer=1.0, smallest_dim=2),
    Objective("rastrigin", rastrigin, rastrigin_with_gradient, -5.12, 5.12, 300),
    Objective("ackley", ackley, ackley_with_gradient, -32.768, 32.768, 200),
    Objective("griewank", griewank, griewank_with_gradient, -600.0, 600.0, 150),
)
FUNCTIONS: Final[Mapping[str, Objective]] = MappingProxyType({function.name: function for function in _ALL})
"""The test functions by name."""
