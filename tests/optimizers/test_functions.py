"""All test functions against their declarations, their textbook formulas, finite differences and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from pytest_optbench.optimizers import FUNCTIONS, problem

DIMS = (2, 5, 50, 200)
TEXTBOOK = {
    "sphere": lambda x: np.sum(x**2),
    "rosenbrock": lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    "rastrigin": lambda x: 10 * x.size + np.sum(x**2 - 10 * np.cos(2 * np.pi * x)),
    "ackley": lambda x: 20 + np.e - 20 * np.exp(-0.2 * np.sqrt(np.mean(x**2))) - np.exp(np.mean(np.cos(2 * np.pi * x))),
    "griewank": lambda x: 1 + np.sum(x**2) / 4000 - np.prod(np.cos(x / np.sqrt(np.arange(1, x.size + 1)))),
}
DOMAINS = {
    "sphere": (-5.12, 5.12),
    "rosenbrock": (-5, 10),
    "ackley": (-32.768, 32.768),
    "rastrigin": (-5.12, 5.12),
    "griewank": (-600, 600),
}


def points(target, n: int = 25) -> np.ndarray:
    return target.sample(np.random.default_rng(3), n)


def central_differences(target, x: np.ndarray, step: float) -> np.ndarray:
    moves = step * np.eye(x.size)
    return (target(x + moves) - target(x - moves)) / (2 * step)


@pytest.mark.parametrize("shifted", [False, True], ids=["in-place", "shifted"])
@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_keeps_its_declarations(name: str, dim: int, shifted: bool) -> None:
    target = problem(name, dim, np.random.default_rng(dim) if shifted else None)
    x = points(target)
    values, gradients = target.value_and_gradient(x)

    assert (target.lower, target.upper) == DOMAINS[name]
    assert np.all((target.lower < target.minimizer) & (target.minimizer < target.upper))
    assert float(target(target.minimizer)) == pytest.approx(target.minimum, abs=1e-12)
    np.testing.assert_allclose(target.gradient(target.minimizer), 0.0, atol=1e-12)
    assert values.shape == (len(x),)
    assert gradients.shape == x.shape
    assert np.all(values > target.minimum)
    assert np.all(target(target.minimizer + 1e-3 * (x - target.minimizer)) > target.minimum)
    np.testing.assert_array_equal(target(x), values)
    np.testing.assert_array_equal(target.gradient(x), gradients)
    np.testing.assert_allclose([target(point) for point in x], values, rtol=1e-13)
    np.testing.assert_allclose([target.gradient(point) for point in x], gradients, rtol=1e-12, atol=1e-12)
    step = 1e-6 * (target.upper - target.lower)
    for point, gradient in zip(x, gradients, strict=True):
        scale = np.abs(gradient).max()
        np.testing.assert_allclose(central_differences(target, point, step), gradient, rtol=1e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_its_textbook_formula(name: str, dim: int) -> None:
    target = problem(name, dim)
    x = points(target)
    np.testing.assert_allclose(target(x), [TEXTBOOK[name](point) for point in x], rtol=1e-11)


@pytest.mark.parametrize("dim", DIMS)
def test_rosenbrock_agrees_with_scipy(dim: int) -> None:
    target = problem("rosenbrock", dim)
    for point in points(target):
        assert float(target(point)) == pytest.approx(rosen(point), rel=1e-12)
        np.testing.assert_allclose(target.gradient(point), rosen_der(point), rtol=1e-10, atol=1e-8)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_shift_moves_the_function_as_it_is(name: str) -> None:
    here, there = problem(name, 7), problem(name, 7, np.random.default_rng(0))
    x = points(here)
    moved = x - here.minimizer + there.minimizer
    np.testing.assert_allclose(there(moved), here(x), rtol=1e-10)


@pytest.mark.parametrize("name", ["sphere", "rastrigin", "ackley", "griewank"])
def test_values_stay_exact_close_to_the_minimizer(name: str) -> None:
    curvature = {"sphere": 1.0, "rastrigin": 1.0 + 20.0 * np.pi**2, "griewank": 1 / 4000 + 0.5}
    target, tiny = problem(name, 1), 1e-7
    expected = 4.0 * tiny if name == "ackley" else curvature[name] * tiny**2
    assert float(target(np.array([tiny]))) == pytest.approx(expected, rel=1e-2)


def test_griewank_has_a_finite_gradient_where_a_cosine_is_zero() -> None:
    target = problem("griewank", 3)
    x = np.array([np.pi / 2, 0.3, -0.2])
    neighbours = x + np.outer(np.arange(-4, 5) * np.spacing(x[0]), [1.0, 0.0, 0.0])
    rest = np.cos(0.3 / np.sqrt(2)) * np.cos(0.2 / np.sqrt(3))
    np.testing.assert_allclose(target.gradient(neighbours)[:, 0], x[0] / 2000 + rest, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-320, 1e-170, 1e-155, 1e-12])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_finite_as_close_to_the_minimizer_as_one_likes(name: str, scale: float) -> None:
    target = problem(name, 4)
    values, gradients = target.function.value_and_gradient(scale * np.array([[1.0, -1.0, 0.5, 0.0]]))
    assert np.all(np.isfinite(values))
    assert np.all(np.abs(gradients) < 1e3)
