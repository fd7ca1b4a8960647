"""A/B from an installed wheel, in an empty folder: either side measures its own metalab with the same items."""

from __future__ import annotations

from pathlib import Path

import pytest
from installed import Environment

from pytest_optbench.report.comparison import Versus
from pytest_optbench.report.document import SessionReport, read

ONE = ("pytest", "--optbench", "-m", "light", "-k", "test_put", "--metalab", "metalab", "--optbench-json=ab.json")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "an empty one"
    folder.mkdir()
    return folder


def versus_of(report: SessionReport) -> Versus:
    assert report.versus is not None
    return report.versus


def test_each_side_measures_its_own_metalab(head: Environment, base: Environment, empty: Path) -> None:
    (empty / "metalab.py").write_text("raise ImportError('the one of the folder, which is not installed')\n")
    done = head.run(empty, *ONE, f"--optbench-versus={base.python}", "--optbench-rounds", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    report = read(empty / "ab.json")
    versus = versus_of(report)
    assert (versus.rounds, versus.problems, versus.unmeasured) == (2, (), ())
    assert [change.limit for change in versus.changes] == ["time to add one run"]
    assert report.target["version"] == "2.0"
    assert versus.target.startswith("metalab 1.0 ")
    assert str(base.folder) in versus.target


def test_a_side_that_imports_the_metalab_of_the_other_fails(
    head: Environment, base: Environment, empty: Path, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "metalab.py").write_text("from pytest_optbench.engine import *\n")
    options = (f"--optbench-versus={base.python}", "--optbench-rounds", "1")
    done = head.run(empty, *ONE, *options, PYTHONPATH=str(shared))
    assert done.returncode == 1, done.stdout + done.stderr
    (problem,) = versus_of(read(empty / "ab.json")).problems
    assert "both sides measured the same metalab" in problem


def test_a_side_that_cannot_run_fails_with_its_story(head: Environment, base: Environment, empty: Path) -> None:
    done = head.run(empty, *ONE, f"--optbench-versus={base.python}:no_such_lab")
    assert done.returncode == 1, done.stdout + done.stderr
    (problem,) = versus_of(read(empty / "ab.json")).problems
    assert "wrote no report" in problem
    assert "no_such_lab" in problem
