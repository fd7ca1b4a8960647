"""Results and progress on the terminal, with rich and without."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment, square

import pytest_optbench.engine as metalab
from pytest_optbench.engine.results.display import display_results
from pytest_optbench.errors import UnknownNameError

TIMEOUT = 60.0  # seconds, against a hang


@metalab.operation
def marked_up(params: Any, capture: Any) -> None:
    """Capture what rich would take for instructions."""
    capture.metric("note", "[bold]not markup[/bold]")


@metalab.operation
def echo(params: Any, capture: Any) -> None:
    """Capture the parameter as a metric."""
    capture.metric("y", params["x"])


def echoed(path: Path, values: list[Any]) -> Any:
    return swept(path, echo, [{"x": value} for value in values])


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


ALIKE: dict[str, list[Any]] = {
    "six digits": [1234567.0, 1234568.0, 1234569.0],
    "types": [1, 1.0, "1", True],
    "nothing": [None, ""],
    "sums": [0.3, 0.1 + 0.2],
}


@pytest.mark.parametrize("values", ALIKE.values(), ids=ALIKE)
def test_values_that_read_alike_are_groups_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], terminal: str, values: list[Any]
) -> None:
    echoed(tmp_path, values).display(group_by="x")
    firsts = [line.replace("\u2502", " ").split()[:1] for line in capsys.readouterr().out.splitlines()]
    assert [firsts.count([repr(value)]) for value in values] == [1] * len(values)


def test_equal_values_are_one_group(tmp_path: Path, capsys: pytest.CaptureFixture[str], terminal: str) -> None:
    cases = [{"x": [1.5, "a"], "n": n} for n in range(3)] + [{"x": [1.5, "b"], "n": 3}]
    swept(tmp_path, echo, cases).display(group_by="x")
    lines = [line for line in capsys.readouterr().out.splitlines() if "1.5" in line]
    assert [line.replace("\u2502", " ").split()[2] for line in lines] == ["3", "1"]


MEANS: dict[str, tuple[list[Any], str]] = {
    "beyond a float": ([10**400, 3 * 10**400], "2.00000e+400"),
    "sum beyond a float": ([1.5e308, 1.5e308], "1.50000e+308"),
    "infinities": ([float("inf"), float("-inf")], "NaN"),
}


@pytest.mark.parametrize(("values", "mean"), MEANS.values(), ids=MEANS)
def test_a_mean_that_no_float_holds_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], terminal: str, values: list[Any], mean: str
) -> None:
    swept(tmp_path, echo, [{"x": value, "n": n} for n, value in enumerate(values)]).display(group_by="status")
    assert mean in capsys.readouterr().out


@pytest.mark.parametrize("group_by", ["", "x"])
def test_nothing_from_a_store_steers_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], terminal: str, group_by: str
) -> None:
    results = echoed(tmp_path, ["\x1b[2J", "a\nb", "caf\udce9"])
    results.display(group_by=group_by or ())
    shown = capsys.readouterr().out
    assert shown.replace("\n", "").isprintable()
    assert all(escaped in shown for escaped in (r"\x1b[2J", r"a\nb", r"caf\udce9"))


@pytest.mark.parametrize("group_by", ["", "x"])
def test_numbers_of_any_length_are_shown(tmp_path: Path, terminal: str, group_by: str) -> None:
    console = None
    if terminal == "rich":
        console = pytest.importorskip("rich.console").Console(file=io.StringIO(), width=20_000)
    display_results(echoed(tmp_path, [10**5000, [10**5000]]), console=console, group_by=group_by or ())
    if console is not None:
        assert hex(10**5000) in console.file.getvalue()
