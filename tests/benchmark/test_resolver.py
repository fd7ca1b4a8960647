"""The resolver: derived values in, inactive parameters out, nonsense refused by name."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest

from pytest_optbench.benchmark import spaces
from pytest_optbench.benchmark.resolver import resolve
from pytest_optbench.errors import InvalidInputError, UnknownNameError

ADAM = {"algorithm": "adam", "problem": "sphere", "dim": 25, "lr": 0.1, "budget": "auto"}


def test_derived_values() -> None:
    resolved = resolve({}, ADAM)
    assert resolved["budget"] == 25 * 50
    assert resolved["scaled_lr"] == 0.1 / math.sqrt(25)
    assert resolved["difficulty"] == "easy"


@pytest.mark.parametrize(("dim", "expected"), [(3, 20), (10, 40)])
def test_automatic_population(dim: int, expected: int) -> None:
    raw = {"algorithm": "evolution_strategy", "problem": "ackley", "dim": dim, "pop_size": "auto"}
    assert resolve({}, raw)["pop_size"] == expected


@pytest.mark.parametrize("intensity", spaces.INTENSITIES)
def test_resolving_twice_changes_nothing(intensity: str) -> None:
    for case in spaces.naive(intensity).sample(16, seed=5):
        once = resolve({}, case.params)
        assert resolve({}, once) == once


def test_the_input_stays_as_it_is() -> None:
    raw: dict[str, Any] = {**ADAM, "momentum": 0.9, "strategy": "uniform"}
    before = copy.deepcopy(raw)
    resolve({}, raw)
    assert raw == before


def test_parameters_of_others_are_dropped() -> None:
    assert not {"momentum", "strategy"} & set(resolve({}, {**ADAM, "momentum": 0.9, "strategy": "uniform"}))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"learning_rate": 1}, "unknown parameter 'learning_rate'"),
        ({"algorithm": "adm"}, "unknown algorithm 'adm'"),
        ({"problem": "cube"}, "unknown problem 'cube'"),
        ({"dim": 0}, "dim=0"),
        ({"dim": True}, "dim=True"),
        ({"lr": -1.0}, "lr=-1.0"),
        ({"lr": math.nan}, "lr=nan"),
        ({"budget": 0}, "budget=0"),
        ({"budget": "much"}, "budget='much'"),
    ],
)
def test_nonsense_is_refused_by_name(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidInputError, match=complaint.replace("(", r"\(")):
        resolve({}, {**ADAM, **change})


def test_a_case_without_algorithm_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="algorithm"):
        resolve({}, {"problem": "sphere", "dim": 5})
