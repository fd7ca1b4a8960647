"""Problems: building, shifting, domains, budgets, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from pytest_optbench.errors import InvalidInputError, UnknownNameError
from pytest_optbench.optimizers import FUNCTIONS, default_budget, problem


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shifted_minimizers_fill_the_middle_of_the_domain(name: str) -> None:
    target = problem(name, 4000, np.random.default_rng(5))
    place = (target.minimizer - target.lower) / target.width
    assert 0.1 <= place.min() < 0.11
    assert 0.89 < place.max() <= 0.9
    assert place.mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_centre_is_no_shortcut_on_shifted_instances(name: str) -> None:
    """In place, the centre of a symmetric domain is the answer; shifted, it is worth little."""
    rng = np.random.default_rng(11)
    for _ in range(20):
        target = problem(name, 10, rng)
        centre = np.full(10, (target.lower + target.upper) / 2)
        typical = float(np.median(target(target.sample(rng, 200))))
        assert float(target(centre)) > 0.01 * typical


def test_the_same_generator_gives_the_same_instance() -> None:
    first, again, other = (problem("ackley", 6, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.minimizer, again.minimizer)
    assert not np.array_equal(first.minimizer, other.minimizer)


def test_a_problem_says_what_it_is() -> None:
    target = problem("rosenbrock", np.int64(3))
    assert (target.name, target.dim, target.lower, target.upper) == ("rosenbrock", 3, -5.0, 10.0)
    assert (target.width, target.minimum) == (15.0, 0.0)
    np.testing.assert_array_equal(target.minimizer, np.ones(3))
    with pytest.raises(ValueError, match="read-only"):
        target.minimizer[0] = 0.0


def test_a_problem_survives_pickling() -> None:
    target = problem("griewank", 5, np.random.default_rng(2))
    copy, x = pickle.loads(pickle.dumps(target)), target.sample(np.random.default_rng(3), 4)
    np.testing.assert_array_equal(copy(x), target(x))
    np.testing.assert_array_equal(copy.clip(10 * x), target.clip(10 * x))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_clipping_and_sampling_stay_in_the_domain(name: str) -> None:
    target = problem(name, 3)
    sample = target.sample(np.random.default_rng(0), 1000)
    assert np.all((target.lower <= sample) & (sample <= target.upper))
    np.testing.assert_array_equal(target.clip(sample), sample)
    wild = np.array([[-np.inf, 0.0, np.inf]])
    np.testing.assert_array_equal(target.clip(wild), [[target.lower, 0.0, target.upper]])


def test_default_budgets() -> None:
    per_dim = {"sphere": 50, "griewank": 150, "rosenbrock": 200, "ackley": 200, "rastrigin": 300}
    assert {name: default_budget(name, 10) for name in FUNCTIONS} == {
        name: 10 * budget for name, budget in per_dim.items()
    }


@pytest.mark.parametrize("build", [problem, default_budget])
def test_unknown_functions_are_refused_with_the_known_ones(build) -> None:
    with pytest.raises(UnknownNameError, match=r"'spere'.*ackley, griewank, rastrigin, rosenbrock, sphere"):
        build("spere", 5)


@pytest.mark.parametrize("build", [problem, default_budget])
@pytest.mark.parametrize("dim", [0, -1, 1.5, 5.0, "5", None, True])
def test_impossible_dimensions_are_refused(build, dim: object) -> None:
    with pytest.raises(InvalidInputError, match=r"^dim="):
        build("sphere", dim)


def test_rosenbrock_needs_two_dimensions() -> None:
    assert problem("sphere", 1).dim == 1
    with pytest.raises(InvalidInputError, match=r"dim=1 .*>= 2"):
        problem("rosenbrock", 1)
