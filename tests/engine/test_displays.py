"""Results and progress on the terminal, with rich and without."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment, square

import pytest_optbench.engine as metalab
from pytest_optbench.errors import UnknownNameError

TIMEOUT = 60.0  # seconds, against a hang


@metalab.operation
def marked_up(params: Any, capture: Any) -> None:
    """Capture what rich would take for instructions."""
    capture.metric("note", "[bold]not markup[/bold]")


def swept(path: Path, operation: Any, cases: Any = 3, **parts: Any) -> Any:
    return metalab.run(experiment(operation, cases), store=path, **parts).result(TIMEOUT)


@pytest.fixture(params=["rich", "plain"])
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "plain":
        for name in [name for name in sys.modules if name.partition(".")[0] == "rich"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    else:
        pytest.importorskip("rich")
    return str(request.param)


def test_every_run_has_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], terminal: str) -> None:
    results = swept(tmp_path, square)
    results.display()
    shown = capsys.readouterr().out
    for run in results:
        (line,) = (line for line in shown.splitlines() if run.run_id[:8] in line)
        assert str(run.metrics["square"]) in line


def test_groups_show_their_means(tmp_path: Path, capsys: pytest.CaptureFixture[str], terminal: str) -> None:
    cases = [{"n": n, "kind": kind} for kind in ("even", "odd") for n in range(3)]
    swept(tmp_path, square, cases).display(group_by=["kind"])
    shown = capsys.readouterr().out
    for kind in ("even", "odd"):
        (line,) = (line for line in shown.splitlines() if kind in line)
        assert "1.66" in line
        assert "3" in line


def test_a_group_by_what_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="square"):
        swept(tmp_path, square).display(group_by="kind")


def test_what_a_user_captured_is_no_instruction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], terminal: str
) -> None:
    swept(tmp_path, marked_up, 1).display()
    shown = capsys.readouterr().out
    assert "[bold]not" in shown
    assert "markup[/bold]" in shown


def test_many_runs_are_not_all_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str], terminal: str) -> None:
    swept(tmp_path, square, 60).display()
    assert "and 10 more runs" in capsys.readouterr().out


def test_on_a_console_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    console = pytest.importorskip("rich.console").Console(file=io.StringIO(), width=200)
    metalab.display_results(swept(tmp_path, square), console=console)
    assert "square" in console.file.getvalue()
    assert capsys.readouterr().out == ""
