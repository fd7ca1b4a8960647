"""A session that did not run all says so first, in every output, and saves nothing over a baseline that knows more."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from plugin_runs import ENGINE, Run

from pytest_optbench.report.document import SessionReport, read

MANY = """
import os, signal, pytest

@pytest.mark.breaking_point("many", light=3, medium=4)
@pytest.mark.parametrize("part", range(5))
def test_many(load, scenario, part):
    if part == 2 and "INTERRUPT" in os.environ:
        os.kill(os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid(), signal.SIGINT)
        signal.pause()
    if part == 2 and "BREAK" in os.environ:
        scenario.breaks("runs are kept", "run 7 is lost")
    scenario.ran(executed=3, audited=3, seconds=1)

@pytest.mark.breaking_point("other", light=3)
def test_other(load, scenario):
    scenario.ran(executed=3, audited=3, seconds=1)
"""
IDS = [f"test_many.py::test_many[light-{part}]" for part in range(5)]


@pytest.fixture(autouse=True)
def _scenarios(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_many=MANY)


def report_of(pytester: pytest.Pytester) -> SessionReport:
    return read(pytester.path / "now.json")


def first_line(result: pytest.RunResult) -> str:
    head = next(place for place, line in enumerate(result.outlines) if line.strip("-") == " optbench ")
    return result.outlines[head + 1]


def test_a_session_that_ran_all_is_complete(run: Run, pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    result = run(*workers, "--optbench-json", "now.json")
    assert report_of(pytester).incomplete is None
    assert first_line(result) == "2 breaking points: 2 hold (6 parts: 6 hold); 18 runs executed"


@pytest.mark.parametrize(
    ("arguments", "reason", "ran"),
    [
        (["-k", "other or many-1"], "narrowed by -k", 1),
        (["--deselect", IDS[0]], "narrowed by --deselect", 5),
        ([IDS[3]], "narrowed by node ids", 1),
    ],
)
def test_a_narrowed_session_says_so_everywhere(
    run: Run,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    reason: str,
    ran: int,
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    files = ("--optbench-json", "now.json", "--optbench-html", "now.html", "--junit-xml", "now.xml")
    result = run(*arguments, *files, "--color=yes")
    incomplete = report_of(pytester).incomplete
    assert incomplete is not None
    assert (incomplete.reasons, incomplete.stopped) == ((reason,), False)
    assert (incomplete.planned, incomplete.ran, len(incomplete.missing)) == (6, ran, 6 - ran)
    told = f"incomplete session: {reason}; {6 - ran} of 6 parts did not run"
    assert f"\x1b[33m{told}" in str(result.stdout)
    assert f"::warning title=optbench%3A incomplete session::{told}" in str(result.stdout)
    page = (pytester.path / "now.html").read_text()
    assert page.index(told) < page.index("<h1>")
    assert '<header class="answer warn">' in page
    properties = ElementTree.parse(pytester.path / "now.xml").iter("property")
    assert told in [one.get("value") for one in properties if one.get("name") == "optbench-incomplete"]
    assert list(json.loads((pytester.path / "now.json").read_text()))[:2] == ["format", "incomplete"]


def test_workers_know_what_was_narrowed(run: Run, pytester: pytest.Pytester) -> None:
    result = run("-k", "other", "-n", "2")
    assert first_line(result) == "incomplete session: narrowed by -k; 5 of 6 parts did not run"


def test_the_last_failures_are_a_narrowed_session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAK", "1")
    for arguments in ((), ("--lf",)):
        result = pytester.runpytest_subprocess("-p", "no:randomly", "--metalab", ENGINE, *arguments)
    assert first_line(result) == "incomplete session: narrowed by --lf; 5 of 6 parts did not run"


def test_an_interrupted_session_says_so_and_saves_nothing(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    run("--optbench-save", "main")
    before = (pytester.path / ".optbench" / "main.json").read_text()
    monkeypatch.setenv("INTERRUPT", "1")
    result = run(*workers, "--optbench-save", "main", "--optbench-save-over", "--optbench-json", "now.json")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    incomplete = report_of(pytester).incomplete
    assert incomplete is not None
    assert incomplete.stopped
    assert incomplete.planned == 6
    assert incomplete.ran + len(incomplete.missing) == 6
    assert IDS[2] in incomplete.missing
    assert first_line(result) == f"incomplete session: interrupted; {len(incomplete.missing)} of 6 parts did not run"
    assert "baseline 'main' was not saved: incomplete session: interrupted" in str(result.stdout)
    assert (pytester.path / ".optbench" / "main.json").read_text() == before


def test_a_session_that_stops_at_a_failure_says_so(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("BREAK", "1")
    result = run(*workers, "-x")
    assert first_line(result).startswith("incomplete session: stopped: after 1 failures; ")
    assert result.ret in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)


def test_a_file_that_cannot_be_collected_makes_a_session_incomplete(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_torn="import pytest\n1 / 0\n")
    result = run("--continue-on-collection-errors")
    assert first_line(result) == "incomplete session: 1 file could not be collected"


def test_a_narrowed_session_is_saved_over_no_baseline_that_knows_more(run: Run, pytester: pytest.Pytester) -> None:
    path = pytester.path / ".optbench" / "main.json"
    run("--optbench-save", "main")
    refused = run("-k", "other", "--optbench-save", "main")
    assert refused.ret == pytest.ExitCode.TESTS_FAILED
    assert "the present one has verdicts on 5 parts that this session has none for (many [light]" in str(refused.stdout)
    assert "--optbench-save-over" in str(refused.stdout)
    assert len(read(path).outcomes) == 6
    assert run("--optbench-save", "main").ret == 0, "as much is known as before"
    assert run("-k", "other", "--optbench-save", "main", "--optbench-save-over").ret == 0
    assert len(read(path).outcomes) == 1
    assert run("--optbench-save", "main").ret == 0, "more is known than before"


def test_one_output_that_fails_does_not_keep_the_others(run: Run, pytester: pytest.Pytester) -> None:
    result = run("--optbench-json=/dev/full", "--optbench-html", "now.html", "--optbench-save", "main")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["optbench: --optbench-json /dev/full: *No space left on device"])
    assert Path(pytester.path, "now.html").exists()
    assert Path(pytester.path, ".optbench", "main.json").exists()
