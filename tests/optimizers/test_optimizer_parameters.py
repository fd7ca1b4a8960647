"""Parameters: exactly the ones declared, checked by name before anything runs."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from pytest_optbench.errors import InvalidInputError, UnknownNameError
from pytest_optbench.optimizers import ALGORITHMS, configure, optimize, problem
from pytest_optbench.optimizers.parameters import check_number

PARAMETERS = {
    "gradient_descent": ["lr", "momentum", "lr_decay", "grad_clip"],
    "adam": ["lr", "beta1", "beta2", "epsilon"],
    "simulated_annealing": ["t_initial", "t_final", "cooling", "step_size"],
    "random_search": ["strategy", "shrink_factor"],
    "evolution_strategy": ["pop_size", "elite_frac", "sigma", "sigma_decay"],
}
NO_NUMBERS = ["fast", True, float("nan"), float("inf"), -1, [0.1], 1j]
IMPOSSIBLE = {
    "gradient_descent": {
        "lr": [0, 0.0, -0.1, None],
        "momentum": [-0.1, 1, 1.0, None],
        "lr_decay": [-1e-9, None],
        "grad_clip": [0, -1.0],
    },
    "adam": {"lr": [0], "beta1": [1.0, 2], "beta2": [1.0, -0.5], "epsilon": [0.0, None]},
    "simulated_annealing": {"t_initial": [0, None], "t_final": [0, 1e9], "step_size": [0, 1.1]},
    "random_search": {"shrink_factor": [0, 1, 1.0, None]},
    "evolution_strategy": {
        "pop_size": [1, 0, 20.0, 2.5, None],
        "elite_frac": [0, 1.1, None],
        "sigma": [0, 1.5],
        "sigma_decay": [0, 1.01],
    },
}
REFUSED = [
    (algorithm, name, value)
    for algorithm, parameters in IMPOSSIBLE.items()
    for name, values in parameters.items()
    for value in values + NO_NUMBERS
]


def test_every_algorithm_has_exactly_its_parameters() -> None:
    assert {algorithm: [field.name for field in fields(kind)] for algorithm, kind in ALGORITHMS.items()} == PARAMETERS


@pytest.mark.parametrize(("algorithm", "name", "value"), REFUSED, ids=lambda value: repr(value))
def test_impossible_values_are_refused_by_name(algorithm: str, name: str, value: object) -> None:
    with pytest.raises(InvalidInputError, match=f"^{name}="):
        configure(algorithm, **{name: value})


def test_annealing_does_not_heat_up() -> None:
    with pytest.raises(InvalidInputError, match=r"t_final=2\.0 is hotter than t_initial=1\.0"):
        configure("simulated_annealing", t_initial=1.0, t_final=2.0)


@pytest.mark.parametrize(("algorithm", "name"), [("simulated_annealing", "cooling"), ("random_search", "strategy")])
@pytest.mark.parametrize("word", ["slowly", "", None, 3, ["uniform"]])
def test_unknown_choices_are_refused_with_the_valid_ones(algorithm: str, name: str, word: object) -> None:
    with pytest.raises(UnknownNameError, match=f"unknown {name} .*choose one of"):
        configure(algorithm, **{name: word})


def test_unknown_algorithms_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"'adamw': choose one of adam, evolution_strategy, gradient_desc"):
        configure("adamw")


def test_unknown_parameters_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"parameter of adam 'momentum': choose one of beta1, beta2, eps"):
        configure("adam", momentum=0.9)


@pytest.mark.parametrize("budget", [0, -5, 10.0, "10", None, True, float("nan")])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_impossible_budgets_are_refused(algorithm: str, budget: object) -> None:
    with pytest.raises(InvalidInputError, match=r"^budget="):
        optimize(algorithm, problem("sphere", 2), budget, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("algorithm", "parameters"),
    [
        ("gradient_descent", {"lr": np.float32(0.5), "momentum": 0, "lr_decay": 3, "grad_clip": np.int64(2)}),
        ("adam", {"lr": 1, "beta1": 0, "beta2": np.float64(0.0), "epsilon": 1}),
        ("simulated_annealing", {"t_initial": 1.7e308, "t_final": 5e-324, "step_size": 1}),
        ("simulated_annealing", {"t_initial": 1.7e308, "t_final": 1, "cooling": "linear"}),
        ("random_search", {"strategy": "shrinking", "shrink_factor": 1e-300}),
        ("evolution_strategy", {"pop_size": np.int32(2), "elite_frac": 1, "sigma": 5e-324, "sigma_decay": 1}),
        ("evolution_strategy", {"pop_size": 10**15, "elite_frac": 1e-300, "sigma": 1, "sigma_decay": 1e-300}),
    ],
)
def test_possible_values_at_the_edge_run(algorithm: str, parameters: dict[str, object]) -> None:
    result = optimize(algorithm, problem("griewank", 3), 300, np.random.default_rng(0), **parameters)
    assert np.isfinite(result.best_f)


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [("(0, 1]", [1e-300, 1], [0, 1.1]), ("[0, 1)", [0, 0.99], [-1e-300, 1]), ("(0, inf)", [1e308], [0])],
)
def test_intervals_read_as_in_mathematics(interval: str, inside: list[float], outside: list[float]) -> None:
    for value in inside:
        check_number("x", value, interval)
    for value in outside:
        with pytest.raises(InvalidInputError) as refusal:
            check_number("x", value, interval)
        assert str(refusal.value) == f"x={value!r} makes no sense: give a finite number in {interval}"
