"""explain(): a space as text, whatever its size."""

from __future__ import annotations

from pytest_optbench.grids import grid, grid_union, manual, random, uniform


def test_a_grid_says_its_size_and_axes() -> None:
    assert grid(a=[1, 2], b=range(1000)).explain() == "grid: 2,000 cases in 1 branch\n  grid  2,000  a(2) x b(1,000)"


def test_every_branch_has_a_line_with_its_count() -> None:
    space = grid_union(
        grid(algorithm=["adam"], lr=range(5000)),
        manual([{"a": 1}, {"a": 2, "b": 1}]),
        labels=["adam", "by hand"],
    )
    assert space.explain().splitlines() == [
        "union: 5,002 cases in 2 branches",
        "  adam     5,000  algorithm(1) x lr(5,000)",
        "  by hand      2  a(2) x b(1)",
    ]


def test_views_say_what_they_show() -> None:
    space = grid(a=range(10))
    assert space[5:].explain().splitlines()[0] == "slice of grid with 10 cases: 5 cases in 1 branch"
    assert space.sample(1, 0).explain().splitlines()[0] == "sample of grid with 10 cases: 1 case in 1 branch"
    assert space[5:5].explain() == "slice of grid with 10 cases: 0 cases in 0 branches"


def test_many_branches_are_counted_and_the_first_shown() -> None:
    space = grid_union(*(grid(k=[k]) for k in range(100)))
    lines = space.explain().splitlines()
    assert lines[0] == "union: 100 cases in 100 branches"
    assert len(lines) == 42
    assert lines[-1] == "  ... the first 40 of 100 branches"


def test_sizes_with_thousands_of_digits_are_rounded() -> None:
    space = grid(**{f"p{i}": range(10**9) for i in range(1000)})
    assert space.explain().startswith("grid: about 1.000e+9000 cases in 1 branch")


def test_draws_count_as_values() -> None:
    assert random({"x": uniform(0, 1)}, 7, 0).explain().splitlines()[1] == "  random  7  x(7)"
