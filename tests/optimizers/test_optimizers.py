"""What every optimizer promises: budget, determinism, domain, honest results, and a clean end."""

from __future__ import annotations

import numpy as np
import pytest
from counting_problem import CountingProblem

from pytest_optbench.optimizers import ALGORITHMS, FUNCTIONS, OptimizationResult, optimize, problem

VARIANTS = {
    "gradient_descent": {"lr": 0.01},
    "gradient_descent-all": {"lr": 0.01, "momentum": 0.9, "lr_decay": 0.001, "grad_clip": 1.0},
    "adam": {},
    "simulated_annealing": {},
    "simulated_annealing-linear": {"cooling": "linear", "t_initial": 1.0, "step_size": 0.5},
    "random_search": {},
    "random_search-shrinking": {"strategy": "shrinking", "shrink_factor": 0.7},
    "random_search-restart": {"strategy": "restart"},
    "evolution_strategy": {},
    "evolution_strategy-odd": {"pop_size": 7, "elite_frac": 1.0, "sigma": 0.5, "sigma_decay": 1.0},
}
LEARNERS = set(VARIANTS) - {"random_search", "simulated_annealing-linear", "evolution_strategy-odd"}
BUDGETS = (1, 2, 3, 19, 20, 21, 127, 500, 1001)
each_variant = pytest.mark.parametrize("variant", VARIANTS)


def run(variant: str, target, budget: int, seed: int = 1, **changes: object) -> OptimizationResult:
    parameters = {**VARIANTS[variant], **changes}
    return optimize(variant.split("-")[0], target, budget, np.random.default_rng(seed), **parameters)


def shifted(name: str, dim: int = 6, seed: int = 0) -> CountingProblem:
    """An instance from another stream than the search, which would otherwise begin beside the minimizer."""
    return CountingProblem(name, dim, np.random.default_rng([99, seed]))


def test_every_algorithm_is_tried() -> None:
    assert {variant.split("-")[0] for variant in VARIANTS} == set(ALGORITHMS)


@each_variant
@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_optimization_keeps_its_promises(variant: str, name: str) -> None:
    for budget in BUDGETS:
        target = shifted(name)
        result = run(variant, target, budget)
        asked = target.points

        assert len(asked) == result.evaluations <= budget
        assert result.stopped == "diverged" or result.evaluations == budget
        assert np.all((target.lower <= asked) & (asked <= target.upper))
        values = target(asked)
        np.testing.assert_allclose(result.history_f, np.minimum.accumulate(values), rtol=1e-12)
        np.testing.assert_array_equal(result.history_evaluations, np.arange(1, result.evaluations + 1))
        assert result.best_f == result.history_f[-1] == pytest.approx(float(target(result.best_x)), rel=1e-12)
        np.testing.assert_array_equal(result.best_x, asked[np.argmin(values)])
        check_trajectory(result, target)


def check_trajectory(result: OptimizationResult, target) -> None:
    when, where = result.trajectory_evaluations, result.trajectory
    assert where.shape == (len(when), target.dim)
    assert 1 <= len(when) <= 100
    assert np.all(np.diff(when) > 0)
    assert when[0] >= 1
    assert when[-1] == result.evaluations
    assert np.all((target.lower <= where) & (where <= target.upper))


@each_variant
@pytest.mark.parametrize("budget", [1000, 10_000])
def test_long_trajectories_are_thinned_evenly(variant: str, budget: int) -> None:
    result = run(variant, problem("sphere", 3), budget)
    assert result.stopped == "budget"
    assert len(result.trajectory) <= 100
    assert np.diff(result.trajectory_evaluations).max() <= max(2 * budget // 99, 150)


@each_variant
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_generator_state_gives_the_same_result_bit_for_bit(variant: str, name: str) -> None:
    first, again, other = (run(variant, shifted(name), 700, seed) for seed in (4, 4, 5))
    for field in vars(first):
        np.testing.assert_array_equal(getattr(first, field), getattr(again, field))
    assert not np.array_equal(first.best_x, other.best_x)


@each_variant
def test_an_optimizer_has_no_memory(variant: str) -> None:
    algorithm = ALGORITHMS[variant.split("-")[0]](**VARIANTS[variant])
    target = problem("rastrigin", 4)
    first, again = (algorithm(target, 300, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first.history_f, again.history_f)


@each_variant
@pytest.mark.parametrize("dim", [1, 2, 20])
def test_the_sphere_gets_better(variant: str, dim: int) -> None:
    gains = []
    for seed in range(5):
        result = run(variant, shifted("sphere", dim, seed), 2000, seed)
        gains.append(result.best_f / result.history_f[0])
    assert np.median(gains) < (0.2 if variant in LEARNERS else 1.0)


@pytest.mark.parametrize("variant", ["random_search-shrinking", "random_search-restart", "evolution_strategy"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_learns_beats_uniform_search_on_every_shifted_function(name: str, variant: str) -> None:
    ratios = [
        run(variant, shifted(name, 10, seed), 3000, seed).best_f
        / run("random_search", shifted(name, 10, seed), 3000, seed).best_f
        for seed in range(5)
    ]
    assert np.median(ratios) < 0.8


@each_variant
def test_shifted_instances_are_as_hard_as_the_function_in_place(variant: str) -> None:
    """No optimizer may live on the minimizer's being at the centre: the sphere is as easy anywhere."""
    in_place, moved = (
        [run(variant, build("sphere", 10, seed), 600, seed).best_f for seed in range(9)]
        for build in (lambda name, dim, _: problem(name, dim), shifted)
    )
    assert np.median(moved) < 5 * np.median(in_place) + 1.0  # a random point is worth 100


@pytest.mark.parametrize("lr", [10.0, 1e6, 1e150, 1e300, 1.7e308])
@pytest.mark.parametrize("momentum", [0.0, 0.99])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_descents_that_blow_up_stop_cleanly(name: str, momentum: float, lr: float) -> None:
    target = shifted(name)
    result = optimize(
        "gradient_descent", target, 2000, np.random.default_rng(0), lr=lr, momentum=momentum, grad_clip=None
    )
    assert np.all(np.isfinite(target.points))
    assert np.isfinite(result.best_f)
    assert np.all(np.isfinite(result.trajectory))
    check_trajectory(result, target)
    if lr >= 1e150:
        assert result.stopped == "diverged"


def test_a_descent_that_only_gets_worse_is_stopped_early() -> None:
    result = optimize("gradient_descent", shifted("rosenbrock"), 5000, np.random.default_rng(0), lr=1.0)
    assert result.stopped == "diverged"
    assert result.evaluations < 500


def test_a_descent_that_works_is_not_stopped() -> None:
    result = optimize("gradient_descent", shifted("sphere"), 5000, np.random.default_rng(0), lr=0.1)
    assert result.stopped == "budget"
    assert result.best_f < 1e-20


@pytest.mark.parametrize("lr", [1e6, 1e300, 1.7e308])
def test_adam_with_absurd_steps_ends_cleanly(lr: float) -> None:
    target = shifted("ackley")
    result = optimize("adam", target, 300, np.random.default_rng(0), lr=lr, epsilon=1e-300)
    assert np.all(np.isfinite(target.points))
    assert np.isfinite(result.best_f)


@pytest.mark.parametrize("poison", [np.nan, np.inf], ids=["nan", "inf"])
@each_variant
def test_values_that_are_no_numbers_never_win(variant: str, poison: float) -> None:
    seen = 0

    def every_third(values):
        nonlocal seen
        numbers = seen + np.arange(np.size(values)).reshape(np.shape(values))
        seen += np.size(values)
        return np.where(numbers % 3 == 0, poison, values)

    result = run(variant, CountingProblem("sphere", 5, spoil=every_third), 200)
    assert np.isfinite(result.best_f) or result.evaluations == 1
    assert not np.any(np.isnan(result.history_f))
    assert np.all(result.history_f[1:] <= result.history_f[:-1])
    assert result.history_f[-1] == result.best_f


@pytest.mark.parametrize("poison", [np.nan, np.inf], ids=["nan", "inf"])
@each_variant
def test_a_function_without_any_value_still_gives_a_result(variant: str, poison: float) -> None:
    target = CountingProblem("sphere", 5, spoil=lambda values: np.full_like(values, poison))
    result = run(variant, target, 100)
    assert result.best_f == np.inf
    assert result.best_x.shape == (5,)
    assert np.all(np.isposinf(result.history_f))


def test_adam_takes_the_steps_of_its_paper() -> None:
    target, lr, beta1, beta2, epsilon = problem("rosenbrock", 4), 0.3, 0.8, 0.99, 0.5
    result = optimize("adam", target, 50, np.random.default_rng(3), lr=lr, beta1=beta1, beta2=beta2, epsilon=epsilon)
    x = target.sample(np.random.default_rng(3), 1)[0]
    m, v = np.zeros(4), np.zeros(4)
    for t, position in enumerate(result.trajectory, start=1):
        np.testing.assert_allclose(position, x, rtol=1e-9)
        gradient = target.gradient(x)
        m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
        x = target.clip(x - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon))


def test_gradient_descent_takes_heavy_ball_steps() -> None:
    target, lr, momentum, decay, longest = problem("rastrigin", 4), 0.01, 0.7, 0.1, 20.0
    parameters = {"lr": lr, "momentum": momentum, "lr_decay": decay, "grad_clip": longest}
    result = optimize("gradient_descent", target, 50, np.random.default_rng(3), **parameters)
    x, velocity = target.sample(np.random.default_rng(3), 1)[0], np.zeros(4)
    for t, position in enumerate(result.trajectory):
        np.testing.assert_allclose(position, x, rtol=1e-9)
        gradient = target.gradient(x)
        gradient *= min(1.0, longest / np.linalg.norm(gradient))
        velocity = momentum * velocity - lr / (1 + decay * t) * gradient
        x = target.clip(x + velocity)


@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_annealing_at_one_temperature_visits_states_as_boltzmann_says(temperature: float) -> None:
    """On x^2 they are normal with variance T / 2; positions kept are far enough apart to be independent."""
    target = problem("sphere", 1)
    states = [
        optimize(
            "simulated_annealing",
            target,
            5000,
            np.random.default_rng(seed),
            t_initial=temperature,
            t_final=temperature,
        ).trajectory[5:]
        for seed in range(20)
    ]
    assert np.var(np.concatenate(states)) == pytest.approx(temperature / 2, rel=0.12)


@pytest.mark.parametrize(("cooling", "half_way"), [("exponential", 1.0), ("linear", 50.005)])
def test_annealing_cools_from_its_first_to_its_last_temperature(cooling: str, half_way: float) -> None:
    annealing = ALGORITHMS["simulated_annealing"](t_initial=100.0, t_final=0.01, cooling=cooling)
    temperatures = annealing._temperature(np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(temperatures, [100.0, half_way, 0.01])


def test_a_restarting_search_leaves_a_local_minimum() -> None:
    """Points far from the best one are drawn again after the box has shrunk, unlike with shrinking alone."""
    far = {}
    for strategy in ("restart", "shrinking"):
        target = shifted("sphere", 2)
        run(f"random_search-{strategy}", target, 3000, shrink_factor=0.5)
        late = target.points[2000:]
        far[strategy] = np.abs(late - target.minimizer).max()
    assert far["restart"] > 1.0 > far["shrinking"]


def test_an_evolution_strategy_shrinks_its_steps() -> None:
    target = shifted("sphere", 30)
    optimize("evolution_strategy", target, 2000, np.random.default_rng(0), sigma=0.02, sigma_decay=0.97)
    generations = target.points.reshape(100, 20, 30)
    spreads = generations.std(axis=1).mean(axis=1)
    assert spreads[0] == pytest.approx(0.02 * 10.24, rel=0.1)
    assert spreads[99] == pytest.approx(spreads[0] * 0.97**99, rel=0.1)
