"""The search finds the smallest failing input, replays it, and leaves nothing in the working directory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from pytest_optbench.stress.search import drawn, search


def below_ten(value: int) -> str | None:
    return None if value < 10 else f"{value} is not below 10"


def test_finds_the_smallest(tmp_path: Path) -> None:
    found = search(st.integers(), below_ten, examples=500, database=tmp_path)
    assert found.message == "10 is not below 10"


def test_finds_nothing_where_all_hold(tmp_path: Path) -> None:
    found = search(st.integers(max_value=9), below_ten, examples=30, database=tmp_path)
    assert (found.tried, found.message) == (30, None)


def test_replays_the_failing_input_first(tmp_path: Path) -> None:
    search(st.integers(0, 10**6), below_ten, examples=200, database=tmp_path)
    first: list[int] = []
    search(st.integers(0, 10**6), lambda value: first.append(value) or below_ten(value), examples=1, database=tmp_path)
    assert first[0] == 10


def test_says_that_a_check_wavers(tmp_path: Path) -> None:
    seen: list[int] = []

    def wavering(value: int) -> str | None:
        seen.append(value)
        return "odd" if len(seen) == 3 else None

    found = search(st.integers(), wavering, examples=20, database=tmp_path)
    assert found.message == "odd (not every time)"


def test_lets_errors_of_the_check_through(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        search(st.just(0), lambda value: str(1 // value), examples=5, database=tmp_path)


def test_draws_without_judging(tmp_path: Path) -> None:
    assert len(drawn(st.integers(), examples=25, database=tmp_path)) == 25


def test_writes_nothing_into_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    search(st.text(), lambda text: None, examples=20, database=tmp_path / "examples")
    assert not list(here.iterdir())
