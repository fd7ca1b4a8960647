"""The catalogue of values that look alike is right about what differs and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from pytest_optbench.stress.witness.canonical import canonical
from pytest_optbench.workloads.confusable_values import PAIRS, REORDERED, confusable_values
from pytest_optbench.workloads.strategies import Params, confusable_params, reordered_params, values


@pytest.mark.parametrize("pair", PAIRS, ids=canonical)
def test_pairs_differ(pair: tuple[Any, Any]) -> None:
    assert canonical(pair[0]) != canonical(pair[1])


@pytest.mark.parametrize("pair", REORDERED, ids=canonical)
def test_reordered_values_are_the_same(pair: tuple[Any, Any]) -> None:
    assert canonical(pair[0]) == canonical(pair[1])


@given(values())
def test_every_value_has_lookalikes_that_differ(value: Any) -> None:
    near = list(confusable_values(value))
    assert near
    assert canonical(value) not in map(canonical, near)


@given(confusable_params())
def test_lookalike_params_differ_in_one_value(pair: tuple[Params, Params]) -> None:
    one, other = pair
    assert one.keys() == other.keys()
    assert sum(canonical(one[name]) != canonical(other[name]) for name in one) == 1


@given(reordered_params())
def test_reordered_params_are_the_same(pair: tuple[Params, Params]) -> None:
    assert canonical(pair[0]) == canonical(pair[1])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1.0), (1.5, "1.5"), ("a", b"a"), ((1,), [1]), ({1: 2}, {"1": 2}), (b"a", "a"), ({1}, [1])],
)
def test_the_usual_suspects_are_among_them(value: Any, expected: Any) -> None:
    assert canonical(expected) in map(canonical, confusable_values(value))
