"""Baselines are kept by name under the root, found again, and refused with a word on what there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from sessions import outcome, session

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.report.baseline import load, save
from pytest_optbench.report.document import write


def test_a_baseline_comes_back_by_name_and_by_path(tmp_path: Path) -> None:
    report = session(outcome())
    path = save(report, "main", tmp_path)
    assert path == tmp_path / ".optbench" / "main.json"
    assert load("main", tmp_path) == load("main.json", tmp_path) == load(str(path), Path("/")) == report


def test_a_later_one_takes_its_place(tmp_path: Path) -> None:
    save(session(outcome()), "main", tmp_path)
    save(session(outcome(executed=99)), "main", tmp_path)
    assert load("main", tmp_path).outcomes[0].executed == 99
    assert [file.name for file in (tmp_path / ".optbench").iterdir()] == ["main.json"]


@pytest.mark.parametrize("name", ["../main", "a/b", ".hidden", "", "a b", "-n"])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match="use letters"):
        save(session(outcome()), name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_missing_one_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    save(session(outcome()), "main", tmp_path)
    with pytest.raises(InvalidInputError, match=r"'mian'.*there are: main.*--optbench-save mian"):
        load("mian", tmp_path)
    with pytest.raises(InvalidInputError, match="there is no baseline no/such"):
        load("no/such.json", tmp_path)


def test_nothing_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no scenario ran"):
        save(session(), "main", tmp_path)


def test_any_report_can_be_one(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write(session(outcome()), path)
    assert load(str(path), tmp_path) == session(outcome())
