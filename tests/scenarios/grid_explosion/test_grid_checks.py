"""What is wrong with a grid: the checks pass a sound one and name what is wrong with any other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from pytest_optbench.grids import Case, grid
from scenarios.grid_explosion.grid_checks import halves, index_problem, size_problem, walk_problem
from scenarios.grid_explosion.mixed_radix import axis_order, case_at

AXES = {"a": range(10), "b": range(10), "c": range(10)}


class Listed:
    """A grid as a list of cases."""

    def __init__(self, cases: list[dict[str, Any]]) -> None:
        self.cases = [Case(case, str(number)) for number, case in enumerate(cases)]

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, index: int) -> Case:
        return self.cases[index]

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)


def listed(order: str = "abc") -> list[dict[str, Any]]:
    return [dict(zip(order, values, strict=True)) for values in product(range(10), repeat=3)]


@pytest.mark.parametrize("order", ["abc", "cab"])
def test_a_sound_grid_passes_whatever_axis_turns_fastest(order: str) -> None:
    assert index_problem(Listed(listed(order)), AXES, 1000) == ""
    assert size_problem(Listed(listed(order)), 3, 1000)[1] == ""


def test_the_grids_of_this_package_pass_beyond_64_bits() -> None:
    axes = {f"x{axis}": range(10) for axis in range(25)}
    assert index_problem(grid(**axes), axes, 10**25) == ""
    assert size_problem(grid(**axes), 25, 10**25)[1] == ""


@pytest.mark.parametrize(
    ("place", "told"),
    [(98, "grid[99] of 1,000 cases is"), (0, "grid[0] of 1,000 cases is"), (10, "one at a time")],
)
def test_two_cases_that_changed_places_are_found(place: int, told: str) -> None:
    cases = listed()
    cases[place], cases[place + 1] = cases[place + 1], cases[place]
    assert told in index_problem(Listed(cases), AXES, 1000)


def test_a_missing_end_is_found() -> None:
    class Endless(Listed):
        def __getitem__(self, index: int) -> Case:
            return self.cases[index % 1000]

    assert "raises no IndexError" in index_problem(Endless(listed()), AXES, 1000)


def test_a_walk_elsewhere_is_found() -> None:
    class Reversed(Listed):
        def __iter__(self) -> Iterator[Case]:
            return reversed(self.cases)

    assert "a walk yields" in index_problem(Reversed(listed()), AXES, 1000)


def test_walking_to_a_size_or_a_case_is_found() -> None:
    class Walking(Listed):
        @property
        def size(self) -> int:
            return sum(len(case.params.keys()) for case in self) // 3

        def __getitem__(self, index: int) -> Case:
            return [case for case in self.cases if case.params.keys()][index]

    assert "function calls" in size_problem(Walking(listed()), 3, 1000)[1]
    assert "function calls" in index_problem(Walking(listed()), AXES, 1000)


def test_a_wrong_or_unsayable_size_is_found() -> None:
    assert "says that it has 999" in size_problem(Listed(listed()[1:]), 3, 1000)[1]

    class Overflowing(Listed):
        def __len__(self) -> int:
            return 2**70

    assert "cannot say its size: OverflowError" in size_problem(Overflowing([]), 3, 2**70)[1]


def test_repeated_cases_are_found() -> None:
    axes = {"a": range(3)}
    assert walk_problem(iter([{"a": 1}, {"a": 2}]), axes) == (2, "")
    assert walk_problem(iter([{"a": 1}, {"a": 2}, {"a": 1}]), axes) == (3, "case 2 of a walk, {'a': 1}, came before")


@pytest.mark.parametrize("case", [{"a": 3}, {"b": 1}, {"a": 1, "b": 1}, {}])
def test_cases_of_no_grid_are_found(case: dict[str, int]) -> None:
    assert "is in no grid of a" in walk_problem(iter([case]), {"a": range(3)})[1]


@pytest.mark.parametrize("size", [10, 10_000, 2 * 10**9, 10**18])
def test_a_grid_of_two_axes_has_any_even_size(size: int) -> None:
    assert index_problem(grid(**halves(size)), halves(size), size) == ""
    assert size_problem(grid(**halves(size)), 2, size)[1] == ""


def test_digits_give_the_case_and_powers_the_order() -> None:
    whole = listed("bca")
    assert axis_order(AXES, lambda index: whole[index]) == ["b", "c", "a"]
    assert all(case_at(AXES, ["b", "c", "a"], index) == case for index, case in enumerate(whole))
