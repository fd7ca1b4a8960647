"""From what a scenario does to its verdict, in the report, the summary and the JSON."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from plugin_runs import Reported, Run

from pytest_optbench.report.document import FORMAT, SessionReport
from pytest_optbench.report.outcome import ItemOutcome

HEAD = 'import os, pytest\n@pytest.mark.breaking_point("probe", light=3)\ndef test_probe(load, scenario):\n    '
BODIES = {
    "holds": "scenario.ran(executed=3, audited=3, seconds=1)",
    "breaks": "scenario.ran(executed=3, audited=3, seconds=1);"
    " scenario.breaks('runs are kept', 'run 7 is lost', others=2)",
    "inconclusive": "scenario.inconclusive('too noisy: repeat on a quiet machine')",
    "not applicable": "scenario.not_applicable('no process executor')",
}
EXIT = {"holds": 0, "breaks": 1, "inconclusive": 0, "not applicable": 0}
GROWING = """
import pytest

@pytest.mark.breaking_point("growing", light=2, extreme=16)
@pytest.mark.parametrize("part", [1, 2])
def test_{name}(load, scenario, part):
    sizes = list(scenario.sizes())
    scenario.ran(executed=len(sizes), audited=sum(sizes), seconds=1)
    scenario.measure("budget_s", scenario.budget)
"""


def only(report: SessionReport) -> ItemOutcome:
    (outcome,) = report.outcomes
    return outcome


@pytest.mark.parametrize("verdict", BODIES)
def test_each_verdict(
    outcome_of: Reported, run: Run, pytester: pytest.Pytester, workers: tuple[str, ...], verdict: str
) -> None:
    pytester.makepyfile(HEAD + BODIES[verdict])
    assert only(outcome_of(*workers)).verdict == verdict
    result = run(*workers)
    assert result.ret == EXIT[verdict]
    result.stdout.fnmatch_lines([f"probe [[]light[]]*{verdict}*"])


def test_the_old_name_of_the_fixture_still_serves_and_warns(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile((HEAD + BODIES["holds"]).replace("scenario", "bench"))
    result = run()
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*DeprecationWarning: the fixture `bench` is now called `scenario`"])


def test_a_part_without_a_promise_is_measured_and_does_not_hold(
    outcome_of: Reported, run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(HEAD.replace("light=3", "light=3, measured=True") + BODIES["holds"])
    assert only(outcome_of()).verdict == "measured"
    run().stdout.fnmatch_lines(["1 breaking point: 1 measured; 3 runs executed", "probe [[]light[]]*measured*"])


@pytest.mark.parametrize(("intensity", "sizes"), [("light", [2]), ("extreme", [2, 4, 8, 16])])
def test_an_extreme_load_grows_up_to_its_size(
    outcome_of: Reported, pytester: pytest.Pytester, intensity: str, sizes: list[int]
) -> None:
    pytester.makepyfile(GROWING.format(name="one"))
    outcomes = outcome_of("-m", intensity).outcomes
    assert [(one.executed, one.audited) for one in outcomes] == [(len(sizes), sum(sizes))] * 2


def test_the_parts_of_a_breaking_point_share_its_budget(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_first=GROWING.format(name="one"), test_second=GROWING.format(name="two"))
    outcomes = outcome_of("-m", "extreme", "--optbench-budget", "30").outcomes
    assert {one.measures["budget_s"] for one in outcomes} == {7.5}


def test_cases_that_are_parametrized_further_share_no_folder(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        GROWING.format(name="one").replace("[1, 2]", "['a/b', 'a_b', object()]")
        + "    (scenario.folder / 'mine').touch(exist_ok=False)"
    )
    outcomes = outcome_of().outcomes
    assert [one.verdict for one in outcomes] == ["holds"] * 3
    assert [one.case for one in outcomes] == ["one[part=a/b]", "one[part=a_b]", "one[part=2]"]


def test_an_extreme_load_ends_with_its_budget(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    slow = GROWING.format(name="one").replace(
        "list(scenario.sizes())", "[time.sleep(0.1) or x for x in scenario.sizes()]"
    )
    pytester.makepyfile("import time" + slow.replace("extreme=16", "extreme=10**30"))
    outcomes = outcome_of("-m", "extreme", "--optbench-budget", "1").outcomes
    assert all(2 <= one.executed <= 10 for one in outcomes)


@pytest.mark.parametrize(
    ("intensity", "reached"),
    [
        ("light", []),
        ("extreme", [("largest load, reaching", 8.0, "budget"), ("largest load, reaching", 16.0, "ceiling")]),
    ],
)
def test_how_far_an_extreme_load_came_is_a_limit(
    outcome_of: Reported, pytester: pytest.Pytester, intensity: str, reached: list[tuple[str, float, str]]
) -> None:
    body = HEAD.replace("light=3", "light=2, extreme=16").replace("probe(", "reaching(")
    for size in (8, 16):
        pytester.makepyfile(**{f"test_{size:02}": f"{body}scenario.reached({size}, 'runs')"})
    found = [
        (one.name, one.value, one.stopped) for outcome in outcome_of("-m", intensity).outcomes for one in outcome.limits
    ]
    assert found == reached


def test_the_first_line_of_the_summary_says_the_answer(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + BODIES["holds"])
    told = [line for line in run().outlines if line.strip()]
    head = next(place for place, line in enumerate(told) if line.strip("-") == " optbench ")
    assert told[head + 1] == "1 breaking point: 1 holds; 3 runs executed"
    assert any(line.startswith("metalab under test:") for line in told[head + 2 :])


def test_a_break_names_promise_witness_and_replay(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + BODIES["breaks"])
    result = run()
    result.stdout.fnmatch_lines(
        [
            "*broken promise probe.runs-are-kept: runs are kept",
            "*run 7 is lost",
            "*and 2 more like it",
            "*repeat: pytest 'test_*::test_probe?light?' -m light --metalab pytest_optbench.engine",
        ]
    )


def test_the_replay_of_a_bundled_scenario_repeats_just_it(outcome_of: Reported, run: Run) -> None:
    first = only(outcome_of("--optbench", "-m", "light", "-k", "test_optbench.py"))
    program, *arguments = shlex.split(first.replay)
    assert program == "pytest"
    run(*arguments, target="").assert_outcomes(passed=1, deselected=None)


def test_nothing_measured_is_never_holds(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + "pass")
    outcome = only(outcome_of())
    assert outcome.verdict == "inconclusive"
    assert "executed and examined no run" in outcome.note


def test_nothing_measured_fails_the_session(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + "pass")
    run().assert_outcomes(failed=1)


def test_a_scenario_that_crashes_is_inconclusive_and_fails(
    outcome_of: Reported, run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(HEAD + "1 / 0")
    outcome = only(outcome_of())
    assert (outcome.verdict, "ZeroDivisionError" in outcome.note) == ("inconclusive", True)
    run().assert_outcomes(failed=1)


def test_a_dead_worker_is_inconclusive(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + "os._exit(3)")
    outcome = only(outcome_of("-n", "1", "--max-worker-restart", "0"))
    assert (outcome.verdict, "worker" in outcome.note) == ("inconclusive", True)


SLOW_FIRST = """
import os, time, pytest

@pytest.mark.breaking_point("race", light=4, medium=8)
def test_race(load, shard, scenario):
    time.sleep(0.5 if shard.index == 0 else 0)  # the first shard ends last
    scenario.ran(executed=load.size // shard.count, audited=1, seconds=time.monotonic())
    scenario.limit("opens", 3 + shard.index, "opens", better="lower")
    if load.size == 8:
        scenario.breaks("runs are kept", f"run {shard.index} is lost")

@pytest.mark.breaking_point("after", light=4)
def test_after(load, scenario):
    scenario.inconclusive("too noisy")
"""


def test_the_json_is_the_same_with_and_without_workers(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_race=SLOW_FIRST)
    alone, spread = (timeless(outcome_of("-m", "light or medium", *extra)) for extra in ((), ("-n", "4")))
    assert [one.nodeid for one in alone.outcomes] == [one.nodeid for one in spread.outcomes]
    assert alone == spread


def timeless(report: SessionReport) -> SessionReport:
    outcomes = tuple(replace(outcome, seconds=0.0) for outcome in report.outcomes)
    return replace(report, outcomes=outcomes, seconds=0.0, started="")


def test_the_json_is_strict_and_versioned(outcome_of: Reported, stub: Path, pytester: pytest.Pytester) -> None:
    outcome_of()
    fields = json.loads((pytester.path / "outcome.json").read_text())
    assert fields["format"] == FORMAT
    assert fields["target"]["name"] == "pytest_optbench.engine"
    assert [one["point"] for one in fields["outcomes"]] == ["stub", "split"]


def test_junit_carries_the_outcome(run: Run, stub: Path, pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    run("--junit-xml", "junit.xml", *workers)
    told = [one.get("value") for one in ElementTree.parse(pytester.path / "junit.xml").iter("property")]
    assert sorted(json.loads(one or "")["point"] for one in told) == ["split", "stub"]


def test_junit_is_xml_whatever_a_break_says(
    run: Run, outcome_of: Reported, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    odd = "'\\x00 \\x1b \\ufffe \\ud800 </testcase>'"
    pytester.makepyfile(HEAD + f"scenario.ran(executed=3, audited=3, seconds=1); scenario.breaks({odd}, {odd})")
    assert only(outcome_of("--junit-xml", "junit.xml", *workers)).verdict == "breaks"
    (told,) = ElementTree.parse(pytester.path / "junit.xml").iter("property")
    assert json.loads(told.get("value") or "")["verdict"] == "breaks"


def test_a_figure_from_a_clock_has_its_calibration_beside_it(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    counted = BODIES["holds"] + "; scenario.limit('size', 3, 'runs')"
    pytester.makepyfile(HEAD + counted)
    assert only(outcome_of()).calibration == {}
    pytester.makepyfile(HEAD + counted + "; scenario.limit('rate', 3, 'runs/s', kind='time')")
    calibration = only(outcome_of()).calibration
    assert calibration.keys() == {"payload_us", "noop_us", "cpu_us"}
    assert all(figure > 0 for figure in calibration.values())


def test_samples_in_another_unit_than_their_figure_are_refused(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD + BODIES["holds"] + "; scenario.limit('rate', 1000, 'runs/s', samples=[1.0, 1.1])")
    assert "give them in its unit" in only(outcome_of()).note


def test_a_chart_travels(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        HEAD + BODIES["holds"] + "; scenario.chart('rate', 'workers', 'runs/s', {'thread': [(1, 2)]}, log='x')"
    )
    (chart,) = only(outcome_of()).charts
    assert (chart.title, chart.lines, chart.log) == ("rate", {"thread": ((1.0, 2.0),)}, "x")


DRAWING = """
import pytest

@pytest.mark.breaking_point("drawing", light=1, extreme=4)
def test_drawn(load, scenario):
    for size in scenario.sizes():
        scenario.ran(executed=1, audited=1, seconds=1)
        if scenario.seed + size > 9:
            scenario.breaks("what is drawn holds", f"drawn from {scenario.seed}")
"""


def test_what_was_drawn_is_repeated_by_its_seed(
    outcome_of: Reported, run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(DRAWING)
    monkeypatch.setenv("OPTBENCH_SEED", "9")
    assert only(outcome_of()).measures["seed"] == 9
    run().stdout.fnmatch_lines(["*drawn from 9", "*repeat: OPTBENCH_SEED=9 pytest *"])
    monkeypatch.delenv("OPTBENCH_SEED")
    assert only(outcome_of()).measures["seed"] != only(outcome_of()).measures["seed"]


def test_a_seed_that_is_no_number_is_refused(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(DRAWING)
    monkeypatch.setenv("OPTBENCH_SEED", "-1")
    run().stdout.fnmatch_lines(["*OPTBENCH_SEED=-1: give a whole number from 0*"])


def test_a_load_grows_no_more_once_it_broke(
    outcome_of: Reported, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(DRAWING)
    monkeypatch.setenv("OPTBENCH_SEED", "8")
    outcome = only(outcome_of("-m", "extreme"))
    assert (outcome.executed, [(one.name, one.value) for one in outcome.limits]) == (2, [("largest load, drawn", 1)])


def test_a_break_is_given_by_a_promise_an_id_or_a_sentence(outcome_of: Reported, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "from pytest_optbench.promises import Promise\n"
        + HEAD
        + "scenario.breaks(Promise('mine.kept', 'Runs are kept.'), 'a')\n"
        + "    scenario.breaks('resume.stops', 'b'); scenario.breaks('Runs are fast.', 'c')\n"
    )
    (outcome,) = outcome_of().outcomes
    assert [(one.id, one.promise) for one in outcome.broken] == [
        ("mine.kept", "Runs are kept."),
        ("resume.stops", "A sweep stops when it is asked to stop."),
        ("probe.runs-are-fast", "Runs are fast."),
    ]
