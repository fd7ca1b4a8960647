"""The search for a smallest example: what it finds, how often it asks, when it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import strategies as st

from pytest_optbench.stress.measure.falsify import Search, falsify

LISTS = st.lists(st.integers())


def search(
    folder: Path, check: Callable[[list[int]], str], *, examples: int = 200, ticks: Iterator[int] | None = None
) -> Search[list[int]]:
    clock = (lambda: 0.0) if ticks is None else (lambda: float(next(ticks)))
    return falsify(LISTS, check, examples=examples, seconds=10, database=folder, name="lists", clock=clock)


def too_much(numbers: list[int]) -> str:
    return f"{sum(numbers)} is too much" if sum(numbers) > 100 else ""


def test_the_smallest_example_is_found_and_told(tmp_path: Path) -> None:
    found = search(tmp_path, too_much)
    assert (found.smallest, found.message) == ([101], "101 is too much")


def test_a_kept_promise_has_no_example(tmp_path: Path) -> None:
    found = search(tmp_path, lambda _: "", examples=50)
    assert (found.held, found.tried, found.smallest, found.message) == (50, 50, None, "")


def test_what_held_before_the_first_break_is_counted_without_the_shrinking(tmp_path: Path) -> None:
    verdicts = iter([False] * 3)
    found = search(tmp_path, lambda _: "broken" if next(verdicts, True) else "")
    assert found.held == 3
    assert found.tried > 3


def test_no_example_is_checked_twice(tmp_path: Path) -> None:
    seen: list[str] = []

    def noting(numbers: list[int]) -> str:
        seen.append(repr(numbers))
        return too_much(numbers)

    found = search(tmp_path, noting)
    assert len(seen) == len(set(seen)) == found.tried


def test_a_broken_example_is_tried_first_the_next_time(tmp_path: Path) -> None:
    search(tmp_path, too_much)
    assert search(tmp_path, too_much).tried < 5


def test_nothing_is_checked_when_time_is_over(tmp_path: Path) -> None:
    assert search(tmp_path, lambda _: "", ticks=count()).tried == 9  # one tick set the deadline, ten are left


def test_nothing_is_drawn_when_time_is_over(tmp_path: Path) -> None:
    drawn: list[list[int]] = []
    lists = LISTS.map(lambda numbers: drawn.append(numbers) or numbers)
    seconds = count()
    falsify(
        lists,
        lambda _: "",
        examples=5_000,
        seconds=10,
        database=tmp_path,
        name="lists",
        clock=lambda: float(next(seconds)),
    )
    assert 8 < len(drawn) < 200


def test_shrinking_ends_with_the_time_and_tells_the_smallest_so_far(tmp_path: Path) -> None:
    found = search(tmp_path, lambda _: "always", ticks=count(step=5))
    assert found.tried == 1
    assert found.message == "always"


def test_nothing_is_written_into_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    falsify(st.text(), lambda text: "", examples=20, seconds=60, database=tmp_path / "examples", name="text")
    assert not list(here.iterdir())


def test_shrinking_has_seconds_of_its_own_from_the_first_break(tmp_path: Path) -> None:
    now = 0.0

    def slow(numbers: list[int]) -> str:
        nonlocal now
        now += 1.0
        return too_much(numbers)

    found = falsify(
        LISTS, slow, examples=200, seconds=10**6, shrinking=5, database=tmp_path, name="slow", clock=lambda: now
    )
    assert found.message
    assert found.tried - found.held == 6  # the one that broke, and one a second after it
