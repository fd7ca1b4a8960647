"""Spaces built twice: by the algebra, and by listing every case the slow way."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.grids import Space, grid, grid_union, manual, product

Params = dict[str, Any]
VALUES = [0, 1, 2, 0.0, -0.0, True, "x", "0", None, (1, 2)]


@dataclass
class Twin:
    """A space and the list of what it must hold, in any order."""

    space: Space
    cases: list[Params]


def tagged(params: Params) -> tuple[Any, ...]:
    """Something that is equal only for the same parameters of the same types."""
    return tuple(sorted((name, type(value).__name__, repr(value)) for name, value in params.items()))


def listed(source: Any) -> list[tuple[Any, ...]]:
    return sorted(tagged(case.params) for case in source)


def holds(condition: Params, params: Params) -> bool:
    return all(
        name in params and any(type(params[name]) is type(v) and repr(params[name]) == repr(v) for v in wanted)
        for name, wanted in condition.items()
    )


def axis_values(max_size: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(VALUES), min_size=1, max_size=max_size, unique_by=lambda v: (type(v), repr(v)))


@st.composite
def twins(draw: st.DrawFn, steps: int = 4) -> Twin:
    """A grid or a list of rows, put through random conditions, products and unions."""
    names = iter("abcdefghijklmnopqrstuvwxyz")
    twin = draw_base(draw, names)
    for _ in range(draw(st.integers(0, steps))):
        step = draw(st.sampled_from([add_condition, add_condition, filter_cases, multiply, join]))
        twin = step(draw, twin, names)
    return twin


def draw_base(draw: st.DrawFn, names: Any) -> Twin:
    axes = {next(names): draw(axis_values()) for _ in range(draw(st.integers(1, 3)))}
    cases = [dict(zip(axes, row, strict=True)) for row in itertools.product(*axes.values())]
    if draw(st.integers(0, 3)):
        return Twin(grid(**axes), cases)
    kept = cases[: draw(st.integers(1, len(cases)))]
    optional = list(axes)[-1]
    if len(axes) > 1 and draw(st.booleans()):
        kept = [*kept, {name: value for name, value in kept[0].items() if name != optional}]
    return Twin(manual(kept), kept)


def draw_condition(draw: st.DrawFn, twin: Twin) -> Params:
    known = sorted({name for case in twin.cases for name in case})
    chosen = draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))
    return {name: draw(axis_values(2)) for name in chosen}


def add_condition(draw: st.DrawFn, twin: Twin, names: Any) -> Twin:
    condition, name, values = draw_condition(draw, twin), next(names), draw(axis_values())
    cases = [
        {**case, name: value} if holds(condition, case) else case
        for case in twin.cases
        for value in (values if holds(condition, case) else [None])
    ]
    try:
        return Twin(twin.space.when(as_predicates(condition), **{name: values}), cases)
    except InvalidInputError:
        assert not any(holds(condition, case) for case in twin.cases)
        return twin


def filter_cases(draw: st.DrawFn, twin: Twin, _: Any) -> Twin:
    condition, wanted = draw_condition(draw, twin), draw(st.booleans())
    cases = [case for case in twin.cases if holds(condition, case) == wanted]
    keep = twin.space.where if wanted else twin.space.without
    try:
        return Twin(keep(as_predicates(condition)), cases)
    except InvalidInputError:
        assert not cases
        return twin


def as_predicates(condition: Params) -> Params:
    """Predicates accept values that the space does not have; lists of values do not."""
    return {name: lambda value, w=wanted: holds({"_": w}, {"_": value}) for name, wanted in condition.items()}


def multiply(draw: st.DrawFn, twin: Twin, names: Any) -> Twin:
    other = draw_base(draw, names)
    if len(twin.cases) * len(other.cases) > 200:
        return twin
    cases = [{**one, **two} for one in twin.cases for two in other.cases]
    return Twin(product(twin.space, other.space), cases)


def join(draw: st.DrawFn, twin: Twin, names: Any) -> Twin:
    other = draw_base(draw, names)
    if draw(st.booleans()):
        return Twin(grid_union(twin.space, other.space), twin.cases + other.cases)
    return Twin(grid_union(other.space, twin.space), other.cases + twin.cases)
