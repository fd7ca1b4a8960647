"""Reruns, fixtures that raise, workers that die, `--dist each`: the report and the exit status agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from plugin_runs import Reported, Run

from pytest_optbench.report.outcome import ItemOutcome

Only = Callable[..., ItemOutcome]

HEAD = """
import os, pathlib, pytest

def is_first(name):
    path = pathlib.Path(__file__).with_name(f"{name}.seen")
    seen = path.exists()
    path.touch()
    return not seen

@pytest.fixture
def raises():
    raise ValueError("no \\ud800 such \\x1b thing")

@pytest.fixture
def raises_at_first():
    if is_first("fixture"):
        raise ValueError("not yet")

@pytest.fixture
def raises_late():
    yield
    raise ValueError("too late")

@pytest.mark.breaking_point("the-point", light=3)
def test_case(load, scenario, FIXTURE):
    scenario.ran(executed=3, audited=3, seconds=1)
    BODY
"""
FLAKY = "is_first('flaky') and scenario.breaks('runs are kept', 'run 7 is lost')"


def scenario(fixture: str, body: str) -> str:
    return HEAD.replace(", FIXTURE", fixture and f", {fixture}").replace("BODY", body)


@pytest.fixture
def only(outcome_of: Reported, pytester: pytest.Pytester) -> Only:
    """Run one scenario with this fixture and body, and give its outcome."""

    def outcome(*arguments: str, fixture: str = "", body: str = "pass") -> ItemOutcome:
        pytester.makepyfile(test_case=scenario(fixture, body))
        (one,) = outcome_of(*arguments).outcomes
        return one

    return outcome


def status(run: Run, pytester: pytest.Pytester, *arguments: str) -> int:
    for seen in pytester.path.glob("*.seen"):
        seen.unlink()
    return int(run(*arguments).ret)


def test_the_last_attempt_counts_and_is_flaky(
    run: Run, pytester: pytest.Pytester, only: Only, workers: tuple[str, ...]
) -> None:
    one = only("--reruns", "1", *workers, body=FLAKY)
    assert (one.verdict, one.flaky, one.broken, one.executed) == ("holds", True, (), 3)
    assert "holds only in a rerun; before: the-point.runs-are-kept: runs are kept: run 7 is lost" in one.note
    assert status(run, pytester, "--reruns", "1", *workers) == 0
    result = run("--reruns", "1", "--optbench-html", "now.html")
    assert result.ret == 0
    (pytester.path / "flaky.seen").unlink()
    result = run("--reruns", "1", "--optbench-html", "now.html")
    result.stdout.fnmatch_lines(["1 breaking point: 1 holds; 1 flaky; 3 runs executed", "the-point*holds, 1 flaky*"])
    assert "1 flaky</span>" in (pytester.path / "now.html").read_text()


def test_a_break_that_stays_is_a_break(only: Only, workers: tuple[str, ...]) -> None:
    one = only("--reruns", "2", *workers, body="scenario.breaks('runs are kept', 'run 7 is lost')")
    assert (one.verdict, one.flaky, len(one.broken)) == ("breaks", False, 1)


def test_a_fixture_that_raises_once_is_flaky(only: Only) -> None:
    one = only("--reruns", "1", fixture="raises_at_first")
    assert (one.verdict, one.flaky) == ("holds", True)
    assert "it failed in its setup: ValueError: not yet" in one.note


@pytest.mark.parametrize(
    ("fixture", "note"),
    [("raises", "in its setup: ValueError: no "), ("raises_late", "in its teardown, after the verdict")],
)
def test_a_fixture_that_raises_is_no_verdict(
    run: Run, pytester: pytest.Pytester, only: Only, workers: tuple[str, ...], fixture: str, note: str
) -> None:
    one = only("--junit-xml", "now.xml", *workers, fixture=fixture)
    assert (one.point, one.case, one.verdict) == ("the-point", "case", "inconclusive")
    assert note in one.note
    assert one.replay.startswith("pytest ")
    assert status(run, pytester, *workers) == 1
    ElementTree.parse(pytester.path / "now.xml")


def test_a_dead_worker_is_told_by_its_breaking_point(run: Run, pytester: pytest.Pytester, only: Only) -> None:
    one = only("-n", "2", body="os._exit(3)")
    assert (one.point, one.case, one.intensity, one.verdict) == ("the-point", "case", "light", "inconclusive")
    assert "worker" in one.note
    assert one.replay.startswith("pytest ")
    assert status(run, pytester, "-n", "2") == 1


def test_a_worker_that_dies_once_is_flaky(only: Only) -> None:
    """Let the worker ask before it dies: pytest-rerunfailures sends `--reruns` from it and waits for no answer.

    A worker that dies before the controller has read that gets no second attempt; an answer comes after the reading.
    """
    dies = "is_first('death') and (request.config.failures_db.get_test_reruns(''), os._exit(3))"
    one = only("-n", "2", "--reruns", "1", fixture="request", body=dies)
    assert (one.verdict, one.flaky) == ("holds", True)


def test_every_worker_counts_where_each_runs_all(run: Run, pytester: pytest.Pytester, only: Only) -> None:
    each = ("--dist", "each", "--tx", "2*popen")
    broken = "os.environ['PYTEST_XDIST_WORKER'] == 'gw1' and scenario.breaks('runs are kept', str(scenario.folder))"
    one = only(*each, body=broken)
    assert (one.verdict, one.executed, one.audited, len(one.broken)) == ("breaks", 6, 6, 1)
    assert "/gw1/" in one.broken[0].message, "a folder of its own: others run the same item"
    result = run(*each)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["1 breaking point: 1 breaks; 6 runs executed"])


def test_workers_that_run_the_same_share_no_store(run: Run, stub: Path) -> None:
    result = run("--dist", "each", "--tx", "2*popen", "--optbench-store=kept")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--optbench-store with --dist each" in str(result.stderr)


def test_a_break_whose_test_passes_fails_the_session(run: Run, pytester: pytest.Pytester, only: Only) -> None:
    one = only(body="scenario.breaks('runs are kept', 'run 7 is lost'); scenario.inconclusive('noisy')")
    assert one.verdict == "breaks"
    assert status(run, pytester) == 1


def test_what_was_skipped_is_not_decided(run: Run, pytester: pytest.Pytester, only: Only) -> None:
    one = only(fixture="skips", body="pass")
    assert one.verdict == "inconclusive"
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef skips(): pytest.skip('not here')\n")
    one = only(fixture="skips", body="pass")
    assert (one.verdict, one.note) == ("inconclusive", "skipped: not here")


@pytest.mark.parametrize(
    "arguments",
    [("-q",), ("-qq",), ("-v",), ("--no-header",), ("--no-summary",), ("-p", "no:terminal"), ("-qq", "-n", "2")],
    ids=" ".join,
)
def test_the_counts_are_the_same_however_much_is_said(
    outcome_of: Reported, run: Run, pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    pytester.makepyfile(test_case=scenario("", FLAKY))
    report = outcome_of(*arguments)
    assert [one.verdict for one in report.outcomes] == ["breaks"]
    assert report.incomplete is None
    result = run(*arguments)
    assert result.ret == 0
    assert "INTERNALERROR" not in f"{result.stdout}{result.stderr}"
