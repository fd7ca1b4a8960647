"""Which module is under test, and what is said when it cannot be."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from pytest_optbench.errors import TargetError
from pytest_optbench.target import ENVIRONMENT, default_name, load_target, select
from pytest_optbench.target import selection as naming


def test_the_environment_names_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "lab_facade")
    assert default_name() == "lab_facade"
    assert load_target().name == "lab_facade"


@pytest.mark.parametrize(("installed", "expected"), [(True, "metalab"), (False, "pytest_optbench.engine")])
def test_without_a_choice_metalab_comes_before_the_engine(
    monkeypatch: pytest.MonkeyPatch, installed: bool, expected: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if installed else None)
    assert default_name() == expected


def test_a_choice_reaches_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "anything")
    assert select("lab_handle").name == "lab_handle"
    assert os.environ[ENVIRONMENT] == "lab_handle"


def test_a_refused_choice_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "lab_facade")
    with pytest.raises(TargetError):
        select("json")
    assert os.environ[ENVIRONMENT] == "lab_facade"


def test_a_target_is_loaded_once() -> None:
    assert load_target("lab_handle") is load_target("lab_handle")


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(TargetError, match=r"there is no module 'nowhere\.mylab'.*PYTHONPATH"):
        load_target("nowhere.mylab")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import not_there_at_all", "needs a module 'not_there_at_all'"),
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_module_that_cannot_be_imported_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, message: str
) -> None:
    name = f"mylab_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(TargetError, match=message):
        load_target(name)


@pytest.mark.parametrize("name", ["", "lab handle", "lab_handle.py", "./lab_handle", "..lab"])
def test_what_is_no_module_name_is_refused(name: str) -> None:
    with pytest.raises(TargetError):
        naming._load(name)
