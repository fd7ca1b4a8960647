"""Unions never hold a case twice: decided exactly, without listing large spaces."""

from __future__ import annotations

from typing import Any

import pytest
from brute_force import axis_values, tagged
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.grids import Space, choice, grid, grid_union, manual, product, randint, random, uniform
from pytest_optbench.grids.duplicates import shared_in_ranges

NAMES = st.sampled_from([("a", "b"), ("a",), ("b", "a")])


@st.composite
def overlapping(draw: st.DrawFn) -> Space:
    names = draw(NAMES)
    space = grid(**{name: draw(axis_values()) for name in names})
    if draw(st.booleans()):
        space = manual([case.params for case in space][: draw(st.integers(1, 3))])
    elif draw(st.booleans()):
        space = space.when({names[0]: first(space)}, c=[1])
    return space


def first(space: Space) -> Any:
    return space[0].params[next(iter(space[0].params))]


@given(overlapping(), overlapping())
def test_a_union_is_refused_exactly_when_its_parts_share_a_case(one: Space, two: Space) -> None:
    shared = {tagged(case.params) for case in one} & {tagged(case.params) for case in two}
    if shared:
        with pytest.raises(InvalidInputError, match="both hold"):
            grid_union(one, two)
    else:
        joined = grid_union(one, two)
        assert len({tagged(case.params) for case in joined}) == joined.size == one.size + two.size


@st.composite
def ranges(draw: st.DrawFn) -> range:
    start, count, step = (
        draw(st.integers(-50, 50)),
        draw(st.integers(1, 20)),
        draw(st.integers(-9, 9).filter(bool)),
    )
    return range(start, start + count * step, step)


@given(ranges(), ranges())
def test_ranges_meet_where_their_elements_do(one: range, two: range) -> None:
    found = shared_in_ranges(one, two)
    assert bool(found) == bool(set(one) & set(two))
    assert all(value in one and value in two for value in found)


def test_the_shared_case_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"sources 'left' and 'right' both hold \{'a': 2, 'b': 5\}"):
        grid_union(grid(a=[1, 2], b=[4, 5]), grid(b=[5, 6], a=[2, 3]), labels=["left", "right"])


def test_endless_grids_are_decided_by_their_axes() -> None:
    huge = {f"p{i}": range(10**6) for i in range(4)}
    with pytest.raises(InvalidInputError, match="both hold"):
        grid_union(grid(**huge, a=[1, 2]), grid(**huge, a=[2, 3]))
    assert grid_union(grid(**huge, a=[1, 2]), grid(**huge, a=[3])).size == 3 * 10**24
    assert grid_union(grid(a=range(0, 10**30, 2)), grid(a=range(1, 10**30, 2))).size == 10**30


def test_a_row_in_an_endless_grid_is_found() -> None:
    huge = grid(a=range(10**12), b=range(10**12))
    with pytest.raises(InvalidInputError, match="both hold"):
        grid_union(huge, manual([{"a": 7, "b": 10**11}]))
    assert grid_union(huge, manual([{"a": 7, "b": 10**12}, {"a": 7.0, "b": 1}])).size == 10**24 + 2


def test_slices_and_draws_are_compared_case_by_case() -> None:
    space = grid(a=range(100))
    assert grid_union(space[:50], space[50:]).size == 100
    with pytest.raises(InvalidInputError, match="both hold"):
        grid_union(space[:51], space[50:])
    with pytest.raises(InvalidInputError, match="both hold"):
        grid_union(random({"a": randint(0, 99)}, 100, seed=1), space)
    draws = {"x": uniform(0, 1)}
    with pytest.raises(InvalidInputError, match="both hold"):
        grid_union(random(draws, 10, seed=1), random(draws, 9, seed=1))
    assert grid_union(random(draws, 10, seed=1), random(draws, 10, seed=2)).size == 20


def test_random_sources_compose_by_algorithm() -> None:
    space = grid_union(
        random({"algorithm": choice(["adam"]), "lr": uniform(0, 1)}, 10**9, seed=1),
        random({"algorithm": choice(["gd"]), "lr": uniform(0, 1)}, 10**9, seed=1),
        product(grid(algorithm=["sa"]), random({"t": uniform(0, 1)}, 10**9, seed=1)),
    )
    assert space.size == 3 * 10**9
    assert space[2 * 10**9].params["algorithm"] == "sa"


def test_a_thousand_sources_are_told_apart_by_one_parameter() -> None:
    space = grid_union(*(grid(algorithm=[f"a{k}"], x=range(10**9)) for k in range(1000)))
    assert (space.size, space.count_branches()) == (10**12, 1000)
    assert space[10**12 - 1].case_id == "a999:999999999"
