"""grid, product, grid_union, manual and with_resolver: what they make and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.grids import grid, grid_union, manual, product, random, uniform, with_resolver


def test_unions_are_labelled_by_the_parameter_that_tells_them_apart() -> None:
    space = grid_union(grid(kind=[0], algorithm=["adam"]), grid(kind=[0], algorithm=["gd"], x=[1, 2]))
    assert [case.case_id for case in space] == ["adam:0", "gd:0", "gd:1"]


def test_unions_of_unlike_sources_are_numbered() -> None:
    assert [case.case_id for case in grid_union(grid(a=[1]), grid(b=[1]))] == ["0:0", "1:0"]


def test_a_label_may_be_a_number_of_any_length() -> None:
    long = 10**5000
    labels = [case.case_id for case in grid_union(grid(a=[1]), grid(a=[long]))]
    assert labels == ["1:0", f"{hex(long)}:0"]
    branches = grid(a=[1, long]).when({"a": long}, b=[1]).branches()
    assert sorted(branch.label for branch in branches) == sorted(["a=1", f"a={hex(long)}"])


def test_labels_of_nested_unions_stand_below_each_other() -> None:
    inner = grid_union(grid(a=[1]), grid(b=[1]), labels=["a", "b"])
    space = grid_union(inner, grid(c=[1]), labels=["in", "out"])
    assert [case.case_id for case in product(space, grid(z=[1, 2]))][:3] == ["in/a:0", "in/a:1", "in/b:0"]


def test_rows_may_set_different_parameters() -> None:
    rows = [{"a": 1}, {"b": [1, 2]}, {}]
    assert [case.params for case in manual(rows)] == rows
    assert [case.case_id for case in manual(rows)] == ["manual:0", "manual:1", "manual:2"]


def test_rows_are_copied() -> None:
    rows = [{"a": 1}]
    source = manual(rows)
    rows[0]["a"] = 2
    assert source[0].params == {"a": 1}


def test_values_keep_their_types() -> None:
    values = [1, 1.0, True, "1", -0.0, 0.0, math.nan, None, (1,), [1]]
    assert [repr(case.params["a"]) for case in grid(a=values)] == [repr(value) for value in values]


def endless() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: grid(), "empty grid"),
        (lambda: grid(a=[]), "'a' has no values"),
        (lambda: grid(a=range(0)), "'a' has no values"),
        (lambda: grid(a=[1, 2, 1]), "'a' lists 1 twice, at positions 0 and 2"),
        (lambda: grid(a=[math.nan, -math.nan]), "lists nan twice"),
        (lambda: grid(a=[[1], [1]]), "twice"),
        (lambda: grid(a=[{"x": {1}}, {"x": {1}}]), "twice"),
        (lambda: grid(a="abc"), r"needs a list of values, not 'abc': write \['abc'\]"),
        (lambda: grid(a=5), "needs a list of values, not 5"),
        (lambda: grid(a={1, 2}), "order means nothing"),
        (lambda: grid(a={1: 2}), "order means nothing"),
        (lambda: product(), "empty product"),
        (lambda: product(grid(a=[1]), grid(a=[2])), r"\['a'\] would be set twice"),
        (lambda: product([1]), "is no source"),
        (lambda: grid_union(), "empty union"),
        (lambda: grid_union({"a": 1}), "is no source"),
        (lambda: grid_union(grid(a=[1]), labels=["x", "y"]), "as many distinct labels"),
        (lambda: grid_union(grid(a=[1]), grid(b=[1]), labels=["x", "x"]), "as many distinct labels"),
        (lambda: grid_union(grid(a=[1]), grid(b=[1]), labels=[1, 2]), "labels are strings"),  # type: ignore[list-item]
        (lambda: manual([]), "empty list"),
        (lambda: manual([{"a": 1}, {"a": 1}]), "rows 0 and 1 are the same"),
        (lambda: manual([{"a": 1}, 5]), "row 1 is 5"),
        (lambda: manual([{1: 1}]), "names are strings"),
        (lambda: grid(a=[1, endless()]), "value 1 contains itself"),
        (lambda: manual([{"a": endless()}]), "value 0 contains itself"),
    ],
)
def test_what_makes_no_space_is_refused(make: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        make()


def test_numpy_values_are_told_apart_by_type_and_content() -> None:
    numpy = pytest.importorskip("numpy")
    axis = [
        1.0,
        numpy.float64(1),
        numpy.float32(1),
        numpy.zeros(2),
        numpy.zeros(2, "f4"),
        numpy.zeros((2, 1)),
    ]
    assert grid(a=axis).size == 6
    with pytest.raises(InvalidInputError, match="twice"):
        grid(a=[numpy.zeros(2), numpy.zeros(2)])
    assert [type(case.params["a"]) for case in grid(a=numpy.linspace(0, 1, 3))] == [numpy.float64] * 3


def test_a_resolver_stays_with_views_and_compositions() -> None:
    def resolve(_: object, raw: dict[str, Any]) -> dict[str, Any]:
        return raw

    source = with_resolver(grid(a=[1, 2, 3]), resolve)
    derived = (source, source[1:], source.shard(0, 2), source.sample(2, 1), source.where({"a": 1}))
    assert all(one.resolver is resolve for one in derived)
    assert grid_union(source, with_resolver(grid(b=[1]), resolve)).resolver is resolve
    assert with_resolver(grid(a=[1, 2])[1:], resolve)[0].case_id == "grid:1"
    assert grid(a=[1]).resolver is None


def test_resolvers_that_disagree_are_refused() -> None:
    source = with_resolver(grid(a=[1]), lambda _, raw: raw)
    for compose in (grid_union, product):
        with pytest.raises(InvalidInputError, match="different resolvers"):
            compose(source, grid(b=[1]))
    with pytest.raises(InvalidInputError, match="has a resolver already"):
        with_resolver(source, lambda _, raw: raw)


@pytest.mark.parametrize("resolver", [None, 5, {"resolve": print}])
def test_what_cannot_resolve_is_refused(resolver: object) -> None:
    with pytest.raises(InvalidInputError, match="cannot resolve parameters"):
        with_resolver(grid(a=[1]), resolver)
    with pytest.raises(InvalidInputError, match="is no source"):
        with_resolver([{"a": 1}], print)
    with pytest.raises(InvalidInputError, match="is no source"):
        with_resolver(iter([grid(a=[1])[0]]), print)


def test_values_lists_every_axis_without_the_product() -> None:
    space = grid_union(
        grid(a=range(10**12), b=[1]).when({"b": 1}, c=["x"]),
        random({"r": uniform(0, 1)}, 10**9, 0),
        manual([{"m": 3}]),
    )
    found = dict(space[5:].values())
    assert found == {"a": range(10**12), "b": (1,), "c": ("x",), "m": (3,)}
