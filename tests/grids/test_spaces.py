"""Spaces against their definition: what is counted, indexed, sliced and drawn is what listing gives."""

from __future__ import annotations

import copy
import itertools
import pickle
from typing import Any

import pytest
from brute_force import Twin, listed, tagged, twins
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.grids import Case, grid, grid_union, manual, product, random, uniform


@given(twins())
def test_a_space_holds_what_listing_every_case_gives(twin: Twin) -> None:
    assert twin.space.size == len(twin.cases)
    assert listed(twin.space) == sorted(map(tagged, twin.cases))


@given(twins())
def test_indexing_is_iterating(twin: Twin) -> None:
    cases = list(twin.space)
    assert [twin.space[i] for i in range(twin.space.size)] == cases
    assert [twin.space[i - twin.space.size] for i in range(twin.space.size)] == cases
    assert list(reversed(twin.space)) == cases[::-1]


@given(twins())
def test_case_ids_are_unique_and_stay_in_views(twin: Twin) -> None:
    by_id = {case.case_id: case for case in twin.space}
    assert len(by_id) == twin.space.size
    for view in (twin.space[1:], twin.space[::-2], twin.space.shard(0, 2), twin.space.sample(1, seed=3)):
        assert all(by_id[case.case_id] == case for case in view)


@given(twins(), st.slices(20), st.slices(10))
def test_slices_are_slices_of_the_list(twin: Twin, first: slice, second: slice) -> None:
    cases = list(twin.space)
    assert list(twin.space[first]) == cases[first]
    assert list(twin.space[first][second]) == cases[first][second]
    assert twin.space[first].size == len(cases[first])


@given(twins(), st.integers(1, 9))
def test_shards_partition_the_space(twin: Twin, count: int) -> None:
    shards = [list(twin.space.shard(index, count)) for index in range(count)]
    assert sorted(case.case_id for shard in shards for case in shard) == sorted(case.case_id for case in twin.space)
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@given(twins())
def test_branches_partition_the_space_in_order(twin: Twin) -> None:
    branches = twin.space.branches()
    labels = [case.case_id.rpartition(":")[0] for case in twin.space]
    assert [(b.label, b.size) for b in branches] == [(k, len(list(g))) for k, g in itertools.groupby(labels)]
    assert twin.space.count_branches() == len(branches)


@given(twins(), st.slices(20))
def test_branches_of_a_slice_are_counted_exactly(twin: Twin, chosen: slice) -> None:
    view = twin.space[chosen]
    labels = [case.case_id.rpartition(":")[0] for case in view]
    assert [(b.label, b.size) for b in view.branches()] == [(k, len(list(g))) for k, g in itertools.groupby(labels)]


@given(twins(), st.integers(), st.sampled_from(["point", "branch"]))
def test_a_full_sample_is_the_space_in_another_order(twin: Twin, seed: int, balance: str) -> None:
    drawn = twin.space.sample(twin.space.size, seed, balance=balance)
    assert listed(drawn) == listed(twin.space)
    assert drawn[0] == next(iter(drawn))


@given(twins(), st.integers(1, 20), st.integers(), st.sampled_from(["point", "branch"]))
def test_a_sample_begins_with_the_smaller_samples_of_its_seed(twin: Twin, n: int, seed: int, balance: str) -> None:
    n = min(n, twin.space.size)
    whole = list(twin.space.sample(twin.space.size, seed, balance=balance))
    assert list(twin.space.sample(n, seed, balance=balance)) == whole[:n]


@given(twins())
def test_views_as_factors_and_branches(twin: Twin) -> None:
    view = twin.space[:2]
    joined = product(view, grid(zz=[1, 2]))
    assert listed(joined) == sorted(tagged({**case.params, "zz": z}) for case in view for z in (1, 2))
    assert [joined[i] for i in range(joined.size)] == list(joined)


@given(twins())
def test_spaces_survive_copy_and_pickle(twin: Twin) -> None:
    for source in (twin.space, twin.space.sample(1, 5), twin.space[1:]):
        assert list(pickle.loads(pickle.dumps(source))) == list(source)
        assert list(copy.copy(source)) == list(source)


def test_params_are_fresh_dicts() -> None:
    space = grid(a=[1, 2], b=[3])
    space[0].params["a"] = 99
    next(iter(space)).params.clear()
    assert [case.params for case in space] == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]


def test_a_grid_is_the_product_in_order_with_names_and_positions() -> None:
    space = grid(a=[1, 2], b=["x", "y"])
    assert list(space) == [
        Case({"a": 1, "b": "x"}, "grid:0"),
        Case({"a": 1, "b": "y"}, "grid:1"),
        Case({"a": 2, "b": "x"}, "grid:2"),
        Case({"a": 2, "b": "y"}, "grid:3"),
    ]


@pytest.mark.parametrize("last", [range(10**12), [1, 2]])
def test_walking_starts_anywhere_in_a_long_grid(last: object) -> None:
    space = grid(a=range(10**12), b=range(5000), c=last)
    for start in (0, 4095, 10**15 + 1, space.size - 3):
        walked = list(itertools.islice(space[start:], 3))
        assert walked == [space[start + i] for i in range(3)]
    assert space[space.size - 1].params["a"] == 10**12 - 1


def test_sizes_beyond_machine_integers_are_exact() -> None:
    space = grid(**{f"p{i}": range(1000) for i in range(10)})
    assert space.size == 10**30
    assert space[-1].params == dict.fromkeys(space[0].params, 999)
    assert space[10**29].params["p0"] == 100
    assert space.shard(2, 3).size == (10**30 - 1) // 3
    with pytest.raises(OverflowError):
        len(space)


def test_twenty_independent_conditions_stay_small() -> None:
    space = grid(**{f"a{i}": [0, 1] for i in range(20)})
    for i in range(20):
        space = space.when({f"a{i}": 1}, **{f"b{i}": [1, 2, 3]})
    assert space.size == 4**20
    assert space.count_branches() == 2**20
    middle = space[space.size // 2].params
    assert all((f"b{i}" in middle) == (middle[f"a{i}"] == 1) for i in range(20))


@pytest.mark.parametrize("index", [6, -7, 10**40])
def test_an_index_outside_is_refused(index: int) -> None:
    with pytest.raises(IndexError, match="the last one is 5"):
        grid(a=range(6))[index]


def test_an_index_that_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError):
        grid(a=[1])["a"]  # type: ignore[call-overload]


@pytest.mark.parametrize(("index", "count"), [(0, 0), (2, 2), (-1, 2), (0, -1)])
def test_shards_that_do_not_exist_are_refused(index: int, count: int) -> None:
    with pytest.raises(InvalidInputError, match="counted from 0"):
        grid(a=[1, 2]).shard(index, count)


@pytest.mark.parametrize(("index", "count"), [("0", 2), (0, 2.0), (None, 2)])
def test_shards_are_numbered_by_whole_numbers(index: Any, count: Any) -> None:
    with pytest.raises(InvalidInputError, match="give a whole number"):
        grid(a=[1, 2]).shard(index, count)


@pytest.mark.parametrize("n", [0, -1, 7, 10**30])
def test_samples_beyond_the_space_are_refused(n: int) -> None:
    with pytest.raises(InvalidInputError, match="draw 1 to 6"):
        grid(a=range(6)).sample(n, seed=0)


def test_an_unknown_balance_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match="choose one of branch, point"):
        grid(a=[1]).sample(1, 0, balance="even")  # type: ignore[arg-type]


def test_balance_decides_who_is_drawn() -> None:
    space = grid_union(grid(a=range(90)), grid(b=range(10)), labels=["large", "small"])
    even = [case.case_id.split(":")[0] for case in space.sample(20, 1, balance="branch")]
    assert even.count("small") == 10
    turns = [case.case_id.split(":")[0] for case in space.sample(100, 1, balance="branch")]
    assert turns[20:] == ["large"] * 80
    small = sum(
        case.case_id.startswith("small") for seed in range(200) for case in space.sample(20, seed, balance="point")
    )
    assert 300 < small < 500  # 400 expected, standard deviation 17


def test_an_unfinished_round_prefers_no_branch() -> None:
    space = grid_union(*(grid(**{name: range(5 + 10 * k)}) for k, name in enumerate("abc")))
    firsts = [space.sample(1, seed, balance="branch")[0].case_id[0] for seed in range(600)]
    assert all(150 < firsts.count(label) < 250 for label in "012")  # 200 expected, standard deviation 12


def test_views_of_views_hold_no_list() -> None:
    space = grid(**{f"p{i}": range(1000) for i in range(10)})
    view = space[7:].shard(1, 5).sample(10**20, seed=4)[5::3]
    assert view.size == -(-(10**20 - 5) // 3)
    assert space[view.parent.parent.index_map[view.parent.index_map[5]]] == view[0]


def test_conditions_on_views_are_refused() -> None:
    for change in (grid(a=[1, 2])[:1].when, grid(a=[1, 2])[:1].where, grid(a=[1, 2])[:1].without):
        with pytest.raises(InvalidInputError, match="before it is sliced"):
            change({"a": 1})


def test_large_spaces_answer_without_being_listed() -> None:
    space = grid(**{f"p{i}": range(1000) for i in range(10)})
    assert next(iter(space.shard(5, 7))) == space[5]
    assert next(iter(space[::-1])) == space[-1]
    assert space.sample(10**6, 1)[999].params.keys() == space[0].params.keys()
    assert space.explain().startswith("grid: about 1.000e+30 cases")


def test_an_empty_view_is_no_part_of_a_space() -> None:
    with pytest.raises(InvalidInputError, match="source 1 of the union is empty"):
        grid_union(grid(a=[1]), grid(b=[1])[5:])
    with pytest.raises(InvalidInputError, match="source 0 of the product is empty"):
        product(grid(b=[1])[5:])


def test_the_representation_says_what_and_how_many() -> None:
    assert repr(grid(a=[1, 2])[1:]) == "<slice of grid with 2 cases: 1 cases>"
    assert repr(random({"x": uniform(0, 1)}, 3, 0)) == "<random: 3 cases>"
    assert repr(manual([{"a": 1}])) == "<manual: 1 cases>"
