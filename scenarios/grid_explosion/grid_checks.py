"""Checks of a grid of any metalab: its size, the cases at its indices, and the cost of both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from pytest_optbench.stress.measure.measure import count_calls
from pytest_optbench.text import short_repr

from .mixed_radix import Axes, axis_order, case_at

FEW, PER_AXIS = 100, 20  # function calls that a size or a case may take, however many cases there are
WALKED = 100  # cases that are compared with a walk


def size_of(grid: Any) -> int:
    """Return the size that the grid states; `len` cannot return more than 2**63 - 1."""
    size = getattr(grid, "size", None)  # asked for once: its calls are counted
    return len(grid) if size is None else int(size)


def allowed(axes: int) -> int:
    """Return how many function calls a size or a case may take: a few, and a few for each axis."""
    return FEW + PER_AXIS * axes


def size_problem(grid: Any, axes: int, cases: int) -> tuple[int, str]:
    """Return how many function calls the size took, and a message if it is wrong, else ""."""
    sizes: list[int] = []
    try:
        calls = count_calls(lambda: sizes.append(size_of(grid)))
    except (OverflowError, MemoryError) as error:
        return 0, f"a grid of {cases:,} cases cannot say its size: {type(error).__name__}: {error}"
    if sizes != [cases]:
        return calls, f"a grid of {cases:,} cases says that it has {sizes[0]:,}"
    return calls, f"the size of a grid of {cases:,} cases took {calls:,} function calls" if calls > allowed(
        axes
    ) else ""


def index_problem(grid: Any, axes: Axes, cases: int) -> str:
    """Return a message about the first case with a wrong index, or that took a walk to find; else ""."""

    def at(index: int) -> dict[str, Any]:
        return dict(grid[index].params)

    try:
        calls = count_calls(at, cases - 1)
    except (OverflowError, MemoryError) as error:
        return f"a grid of {cases:,} cases cannot give its last one: {type(error).__name__}: {error}"
    if calls > allowed(len(axes)):
        return f"the last of {cases:,} cases took {calls:,} function calls"
    first = {name: values[0] for name, values in axes.items()}
    if (found := at(0)) != first:
        return f"grid[0] of {cases:,} cases is {short_repr(found)}, expected {short_repr(first)}"
    order = axis_order(axes, at)
    if len(order) != len(axes):
        return f"a grid of {len(axes)} axes turns {order} one at a time, and no others"
    for index, place in _places(cases, len(str(cases - 1))):
        expected, found = case_at(axes, order, place), at(index)
        if found != expected:
            return f"grid[{index}] of {cases:,} cases is {short_repr(found)}, expected {short_repr(expected)}"
    return _compare_with_walk(grid, at) or "".join(_check_beyond(grid, index) for index in (cases, -cases - 1))


def _places(cases: int, digits: int) -> Iterator[tuple[int, int]]:
    """Yield indices and their places from 0: both ends, and around each power of ten from both ends."""
    for power in range(digits):
        yield 10**power - 1, 10**power - 1
        yield cases - 10**power, cases - 10**power
    yield -1, cases - 1
    yield -cases, 0


def _compare_with_walk(grid: Any, at: Any) -> str:
    for index, case in enumerate(islice(grid, WALKED)):
        if dict(case.params) != at(index):
            return f"grid[{index}] is {short_repr(at(index))}, where a walk yields {short_repr(dict(case.params))}"
    return ""


def _check_beyond(grid: Any, index: int) -> str:
    try:
        found = grid[index]
    except IndexError:
        return ""
    return f"grid[{index}]is out of range and raises no IndexError: it is {short_repr(found)}"


def walk_problem(cases: Iterator[Mapping[str, Any]], axes: Axes) -> tuple[int, str]:
    """Return how many cases a walk yields, and a message about the first that is repeated or in no grid of `axes`.

    Each axis must be a `range` from 0: then a case is a number, and is recorded in one bit.
    """
    seen = bytearray(math.prod(map(len, axes.values())) // 8 + 1)
    count = 0
    for count, case in enumerate(cases, start=1):
        number = 0
        for name, values in axes.items():
            if case.get(name) not in values or len(case) != len(axes):
                return count, f"case {count - 1} of a walk, {short_repr(case)}, is in no grid of {', '.join(axes)}"
            number = number * len(values) + case[name]
        place, bit = divmod(number, 8)
        if seen[place] >> bit & 1:
            return count, f"case {count - 1} of a walk, {short_repr(case)}, came before"
        seen[place] |= 1 << bit
    return count, ""


def halves(size: int) -> Axes:
    """Return axes of a grid of `size` cases, an even number: one axis of `size` / 2 values and one of two."""
    return {"half": range(size // 2), "side": range(2)}
