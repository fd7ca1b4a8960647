"""Conditions: which parameters are there where, what branches are called, what is refused."""

from __future__ import annotations

import pytest

from pytest_optbench.errors import InvalidInputError, UnknownNameError
from pytest_optbench.grids import choice, grid, grid_union, manual, product, random


def params(space: object) -> list[dict[str, object]]:
    return [case.params for case in space]  # type: ignore[attr-defined]


def test_inactive_parameters_are_absent() -> None:
    space = grid(algorithm=["adam", "random"]).when({"algorithm": "adam"}, lr=[0.1, 0.2])
    assert params(space) == [
        {"algorithm": "adam", "lr": 0.1},
        {"algorithm": "adam", "lr": 0.2},
        {"algorithm": "random"},
    ]


def test_the_same_parameter_may_have_other_values_elsewhere() -> None:
    space = (
        grid(algorithm=["adam", "gd"], dim=[5]).when({"algorithm": "adam"}, lr=[1]).when({"algorithm": "gd"}, lr=[2, 3])
    )
    assert params(space) == [
        {"algorithm": "adam", "lr": 1, "dim": 5},
        {"algorithm": "gd", "lr": 2, "dim": 5},
        {"algorithm": "gd", "lr": 3, "dim": 5},
    ]


def test_conditions_nest_on_parameters_that_conditions_brought() -> None:
    space = (
        grid(algorithm=["adam", "random"], dim=[5, 10])
        .when({"algorithm": "random"}, strategy=["uniform", "shrinking"])
        .when({"strategy": "shrinking", "dim": 10}, factor=[0.5, 0.9])
    )
    assert space.size == 2 + 4 + 1
    assert [case for case in params(space) if "factor" in case] == [
        {"algorithm": "random", "strategy": "shrinking", "dim": 10, "factor": 0.5},
        {"algorithm": "random", "strategy": "shrinking", "dim": 10, "factor": 0.9},
    ]
    assert [branch.label for branch in space.branches()] == [
        "algorithm=random/dim=10,strategy=shrinking",
        "algorithm=random/dim=5|10,strategy=uniform",
        "algorithm=random/dim=5,strategy=shrinking",
        "algorithm=adam",
    ]


def test_a_user_made_union_keeps_its_labels_above_the_conditions() -> None:
    space = grid_union(grid(a=[1, 2]), grid(b=[1]), labels=["one", "two"]).when({"a": 2}, c=[5])
    assert [branch.label for branch in space.branches()] == ["one/a=2", "one/a=1", "two"]


def test_a_condition_takes_a_value_several_values_or_a_predicate() -> None:
    space = grid(a=[1, 2, 3])
    assert params(space.where({"a": 2})) == [{"a": 2}]
    assert params(space.where({"a": [1, 3]})) == [{"a": 1}, {"a": 3}]
    assert params(space.where({"a": lambda a: a > 1})) == [{"a": 2}, {"a": 3}]
    assert params(space.without({"a": [1, 3]})) == [{"a": 2}]


def test_a_value_that_is_a_list_is_meant_as_one_value_where_the_space_has_it() -> None:
    space = grid(shape=[(1, 2), (3, 4), 1])
    assert params(space.where({"shape": (1, 2)})) == [{"shape": (1, 2)}]
    assert params(space.where({"shape": [(1, 2), 1]})) == [{"shape": (1, 2)}, {"shape": 1}]


def test_several_parameters_must_all_agree() -> None:
    space = grid(a=[1, 2], b=[1, 2])
    assert params(space.where({"a": 1, "b": 2})) == [{"a": 1, "b": 2}]
    assert len(params(space.without({"a": 1, "b": 2}))) == 3


def test_a_condition_may_bring_a_whole_source() -> None:
    space = grid(a=[1, 2]).when({"a": 1}, manual([{"x": 1}, {"y": 2}]))
    assert params(space) == [{"a": 1, "x": 1}, {"a": 1, "y": 2}, {"a": 2}]


def test_rows_are_split_by_conditions_too() -> None:
    space = manual([{"a": 1}, {"a": 2, "b": 1}, {"b": 1}]).when({"b": 1}, c=[7, 8])
    assert params(space) == [
        {"a": 2, "b": 1, "c": 7},
        {"a": 2, "b": 1, "c": 8},
        {"b": 1, "c": 7},
        {"b": 1, "c": 8},
        {"a": 1},
    ]


def test_conditions_do_not_change_what_they_are_put_on() -> None:
    space = grid(a=[1, 2])
    space.when({"a": 1}, b=[1, 2, 3])
    assert space.size == 2


@pytest.mark.parametrize("value", [1.0, True, "1", 9])
def test_a_value_of_another_type_is_refused_with_the_known_ones(value: object) -> None:
    with pytest.raises(InvalidInputError, match="its values are 1, 2"):
        grid(a=[1, 2]).when({"a": value}, b=[1])


def test_an_unknown_parameter_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="'algo': choose one of algorithm, dim"):
        grid(algorithm=["adam"], dim=[5]).when({"algo": "adam"}, lr=[1])


@pytest.mark.parametrize("condition", [{}, None, "a", lambda a: True])
def test_what_is_no_condition_is_refused(condition: object) -> None:
    with pytest.raises(InvalidInputError, match="a condition is a dict"):
        grid(a=[1]).where(condition)  # type: ignore[arg-type]


def test_a_condition_that_holds_nowhere_is_refused() -> None:
    space = grid(a=[1, 2]).when({"a": 1}, b=[1])
    with pytest.raises(InvalidInputError, match="holds nowhere"):
        space.when({"a": 2, "b": 1}, c=[1])
    with pytest.raises(InvalidInputError, match="leaves nothing"):
        space.where({"a": 2, "b": 1})
    with pytest.raises(InvalidInputError, match="leaves nothing"):
        space.without({"a": [1, 2]})


def test_a_condition_without_parameters_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="changes nothing"):
        grid(a=[1]).when({"a": 1})


def test_a_parameter_that_is_set_already_is_refused() -> None:
    for name in ("a", "b"):
        with pytest.raises(InvalidInputError, match="would be set twice"):
            grid(a=[1, 2], b=[1]).when({"a": 1}, **{name: [5]})


def test_draws_and_views_cannot_be_split() -> None:
    with pytest.raises(InvalidInputError, match="cannot split random draws or views"):
        random({"a": choice([1, 2])}, 2, 0).when({"a": 1}, b=[1])
    with pytest.raises(InvalidInputError, match="cannot split random draws or views"):
        product(grid(a=[1, 2, 3])[:2], grid(b=[1])).when({"a": 1}, c=[1])


def test_an_endless_axis_is_not_tested_value_by_value() -> None:
    with pytest.raises(InvalidInputError, match="too many to test one by one"):
        grid(a=range(10**12)).where({"a": 5})
