"""However a scenario comes to its end, its outcome is recorded once and agrees with the exit status."""

from __future__ import annotations

import pytest
from plugin_runs import Reported, Run

from pytest_optbench.report.document import SessionReport, read
from pytest_optbench.report.outcome import ItemOutcome

HEAD = """
import os, pytest

@pytest.fixture
def raises_before(): raise OSError("no disk")

@pytest.fixture
def skips_before(): pytest.skip("not today")

@pytest.fixture
def raises_after():
    yield
    raise OSError("no disk")

@pytest.mark.breaking_point("probe", light=3)
"""
HOLDS = "scenario.ran(executed=3, audited=3, seconds=1)"
BREAKS = f"{HOLDS}; scenario.breaks('runs are kept', 'run 7 is lost')"
SUBTEST = "\n    with subtests.test('one'):\n        assert 1 == 2"


def only(report: SessionReport) -> ItemOutcome:
    (outcome,) = report.outcomes
    return outcome


def scenario(body: str, *fixtures: str) -> str:
    return f"{HEAD}def test_probe({', '.join(('load', 'scenario', *fixtures))}):\n    {body}"


@pytest.mark.parametrize(
    ("source", "verdict", "note", "status"),
    [
        pytest.param(
            scenario(HOLDS, "raises_before"), "inconclusive", "it failed in its setup: OSError: no disk", 1, id="setup"
        ),
        pytest.param(scenario(HOLDS, "skips_before"), "inconclusive", "skipped: not today", 0, id="skip in setup"),
        pytest.param(
            scenario(HOLDS, "raises_after"),
            "inconclusive",
            "it failed in its teardown, after the verdict holds: OSError: no disk",
            1,
            id="teardown",
        ),
        pytest.param(scenario(BREAKS, "raises_after"), "breaks", "", 1, id="break, then teardown"),
        pytest.param(scenario(f"{HOLDS}; pytest.skip('why')"), "inconclusive", "it was skipped: why", 0, id="skip"),
        pytest.param(scenario(f"{BREAKS}; pytest.skip('why')"), "breaks", "it was skipped: why", 1, id="break, skip"),
        pytest.param(scenario(f"{HOLDS}; pytest.xfail('x')"), "inconclusive", "expected to fail: x", 0, id="xfail"),
        pytest.param(scenario(f"{BREAKS}; pytest.xfail('x')"), "breaks", "expected to fail: x", 1, id="break, xfail"),
        pytest.param(scenario(f"{BREAKS}; assert 1 == 2"), "breaks", "AssertionError", 1, id="break, then assert"),
        pytest.param(
            scenario(f"{BREAKS}; scenario.inconclusive('x')"), "breaks", "x", 1, id="break, then inconclusive"
        ),
        pytest.param(
            scenario(f"{BREAKS}; scenario.target.require('x')"), "breaks", "does not", 1, id="break, then lack"
        ),
        pytest.param(scenario("raise SystemExit(0)"), "inconclusive", "SystemExit: 0", 1, id="exit of the process"),
    ],
)
def test_the_outcome_agrees_with_the_exit_status(
    run: Run, pytester: pytest.Pytester, source: str, verdict: str, note: str, status: int
) -> None:
    pytester.makepyfile(source)
    agrees(run, pytester, verdict, note, status)


def agrees(run: Run, pytester: pytest.Pytester, verdict: str, note: str, status: int, *arguments: str) -> None:
    path = pytester.path / "outcome.json"
    result = run("--optbench-json", str(path), *arguments)
    outcome = only(read(path))
    assert (outcome.verdict, result.ret) == (verdict, status), result.stdout.str()
    assert note in outcome.note
    assert outcome.replay.startswith("pytest ")
    if verdict == "breaks":
        result.stdout.fnmatch_lines(["*run 7 is lost*", "*repeat: pytest *"])


@pytest.mark.parametrize("fixture", ["raises_before", "raises_after"])
def test_it_agrees_in_a_worker(run: Run, pytester: pytest.Pytester, fixture: str) -> None:
    pytester.makepyfile(scenario(HOLDS, fixture))
    agrees(run, pytester, "inconclusive", "OSError: no disk", 1, "-n", "1")


@pytest.mark.parametrize("body", [HOLDS, BREAKS])
def test_a_scenario_that_ends_the_session_is_recorded_first(
    outcome_of: Reported, pytester: pytest.Pytester, run: Run, body: str
) -> None:
    pytester.makepyfile(scenario(f"{body}; pytest.exit('enough', returncode=0)") + "\n\ndef test_other(): pass")
    outcome = only(outcome_of())
    assert outcome.verdict == ("breaks" if body == BREAKS else "inconclusive")
    assert outcome.note == "it ended the session: enough"
    result = run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*it ended the session: enough*"])


def test_failed_subtests_are_no_hold(outcome_of: Reported, pytester: pytest.Pytester, run: Run) -> None:
    pytest.importorskip("_pytest.subtests", reason="this pytest has no subtests")
    pytester.makepyfile(scenario(HOLDS + SUBTEST, "subtests"))
    outcome = only(outcome_of())
    assert (outcome.verdict, outcome.note) == ("inconclusive", "subtests of the scenario itself failed: 1")
    assert run().ret == 1
    pytester.makepyfile(scenario(BREAKS + SUBTEST, "subtests"))
    assert only(outcome_of()).verdict == "breaks"
    pytester.makepyfile(scenario(HOLDS + SUBTEST.replace("1 == 2", "1 == 1"), "subtests"))
    assert only(outcome_of()).verdict == "holds"


def test_a_scenario_that_fails_in_the_quiet_lane_leaves_it(pytester: pytest.Pytester, run: Run) -> None:
    """Its traceback keeps the blocks, of which nobody took the last."""
    pytester.makepyfile(
        HEAD
        + f"@pytest.mark.parametrize('n', [1, 2])\ndef test_probe(load, scenario, n):\n    {HOLDS}\n"
        + "    for _ in scenario.blocks(2): assert n == 3"
    )
    run().assert_outcomes(failed=2)


def test_a_kept_store_in_which_all_is_done_holds_without_an_execution(
    outcome_of: Reported, pytester: pytest.Pytester
) -> None:
    arguments = ("--optbench", "-m", "light", "-k", "test_optbench.py", "--optbench-store", str(pytester.path / "kept"))
    first, again = only(outcome_of(*arguments)), only(outcome_of(*arguments))
    assert (first.verdict, first.executed) == ("holds", 32)
    assert (again.verdict, again.executed, again.audited) == ("holds", 0, 32)


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("scenario.ran(executed=0, audited=3, seconds=1)", "inconclusive"),
        ("scenario.ran(executed=3, audited=0, seconds=1)", "inconclusive"),
        ("scenario.examined(0)", "inconclusive"),
        ("scenario.examined(3)", "holds"),
        ("scenario.ran(executed=1, audited=1, seconds=1)", "holds"),
    ],
)
def test_what_executed_nothing_does_not_hold(
    outcome_of: Reported, pytester: pytest.Pytester, body: str, verdict: str
) -> None:
    pytester.makepyfile(scenario(body))
    assert only(outcome_of()).verdict == verdict


def test_an_item_without_evidence_leaves_no_folder(pytester: pytest.Pytester, run: Run) -> None:
    """Extreme loads write millions of files: they go with their item, and what broke is kept to be looked at."""
    mark = HEAD.strip().splitlines()[-1]
    write = "(scenario.folder / 'large').write_bytes(b'x'); "
    look = "left = [file.parent.parent.name for file in scenario.session.folder.rglob('large')]; "
    bodies = {
        "holds": write + HOLDS,
        "breaks": write + BREAKS,
        "looks": f"{look}assert left == ['probe.breaks.light'], left; {HOLDS}",
    }
    tests = [f"{mark}\ndef test_{name}(load, scenario):\n    {body}\n" for name, body in bodies.items()]
    pytester.makepyfile(HEAD.strip().removesuffix(mark) + "\n".join(tests))
    run().assert_outcomes(passed=2, failed=1)
