"""The audit on hand-written histories: each promise is broken by a history that breaks it alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import hand_written as hand
import pytest
from hand_written import NOW, Story, failing, sound
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.audit import promises
from pytest_optbench.stress.audit.audit import StoreFindings, audit, smallest, stored_successes
from pytest_optbench.stress.audit.promises import Violation
from pytest_optbench.stress.audit.reconcile import PlannedRun
from pytest_optbench.target.snapshot import StoredArtifact, Unlisted

ALL_PROMISES = {value for name, value in vars(promises).items() if name.isupper()}


def judge(story: Story) -> tuple[Violation, ...]:
    return audit(story.plan, story.executions, story.store, **(story.terms or {}))


def broken(story: Story) -> set[str]:
    return {violation.promise for violation in judge(story)}


def with_findings(**fields: tuple[str, ...]) -> Story:
    return sound().judged(findings=StoreFindings(**fields))


BREAKS: dict[str, tuple[str, Story]] = {
    "nothing at all": (promises.MEASURED, Story((), (), ())),
    "a run neither executed nor stored": (promises.EXECUTED, sound().without("executions", 1).without("runs", 1)),
    "a run begun and never ended": (
        promises.EXECUTED,
        sound().execution(1, outcome="interrupted", finished=None).without("runs", 1),
    ),
    "a run that nobody planned": (promises.ONLY_PLANNED, sound().without("plan", 1)),
    "a run executed twice": (promises.ONCE, sound().twice("executions", 1, pid=2)),
    "a stored success executed again": (promises.RESUMED, sound().judged(before={hand.key(1)})),
    "a run executed and not stored": (promises.STORED, sound().without("runs", 1)),
    "a failure that nobody recorded": (promises.STORED, failing().without("runs", 0)),
    "a killed run without a record": (
        promises.STORED,
        failing().execution(0, outcome="interrupted", finished=None).without("runs", 0),
    ),
    "a stored success that vanished": (
        promises.KEPT,
        sound().without("executions", 1).without("runs", 1).judged(before={hand.key(1)}),
    ),
    "a stored success of no plan that vanished": (promises.KEPT, sound().judged(before={"elsewhere"})),
    "a store that lost all it had": (promises.KEPT, Story((), (), ()).judged(before={hand.key(1)})),
    "a stored success that became a failure": (
        promises.KEPT,
        sound().without("executions", 1).run(1, status="failed").judged(before={hand.key(1)}),
    ),
    "a success that nobody executed": (promises.EARNED, sound().without("executions", 1)),
    "a success begun and never ended": (promises.EARNED, sound().execution(1, outcome="interrupted", finished=None)),
    "a record that belongs to no run": (promises.EARNED, sound().twice("runs", 1, run_id="stray", metrics={})),
    "two records of one run": (promises.ONE_RECORD, sound().twice("runs", 1, run_id="another")),
    "two runs with one id": (promises.UNIQUE_IDS, sound().run(1, run_id="id-0")),
    "a failure stored as a success": (promises.STATUS, failing().run(0, status="success")),
    "a success stored as a failure": (promises.STATUS, sound().run(1, status="failed")),
    "a record left running": (promises.STATUS, sound().run(1, status="running")),
    "a run that failed unasked": (
        promises.AS_PLANNED,
        sound().run(1, status="failed").execution(1, outcome="raised", error="ValueError: x"),
    ),
    "a run that succeeded unasked": (
        promises.AS_PLANNED,
        failing().run(0, status="success").execution(0, outcome="returned"),
    ),
    "a metric of a failed run lost": (promises.PARTIAL, failing().run(0, metrics={"witness": hand.key(0)})),
    "an artifact of a failed run lost": (promises.PARTIAL, failing().run(0, artifacts={})),
    "points of a failed run lost": (promises.PARTIAL, failing().run(0, series={"objective": hand.POINTS[:1]})),
    "everything of a failed run lost": (promises.PARTIAL, failing().run(0, metrics={}, artifacts={}, series={})),
    "an artifact lost": (promises.COMPLETE, sound().run(1, artifacts={})),
    "an artifact that was due": (
        promises.COMPLETE,
        sound().run(1, artifacts={}).execution(1, artifacts=None),
    ),
    "an artifact from elsewhere": (
        promises.NOTHING_STALE,
        sound().run(1, artifacts={**sound().runs[1].artifacts, "debug": StoredArtifact("json")}),
    ),
    "a metric from elsewhere": (
        promises.NOTHING_STALE,
        sound().run(1, metrics={**sound().runs[1].metrics, "debug": 1}),
    ),
    "a series from elsewhere": (
        promises.NOTHING_STALE,
        sound().run(1, series={**sound().runs[1].series, "debug": ((0, 1.0),)}),
    ),
    "a metric lost": (promises.METRICS, sound().run(1, metrics={"witness": hand.key(1)})),
    "a metric rounded": (promises.METRICS, sound().run(1, metrics={**sound().runs[1].metrics, "best": 0.5000001})),
    "a metric that lost its sign": (
        promises.METRICS,
        sound().execution(1, metrics={"best": -0.0}).run(1, metrics={"best": 0.0, "witness": hand.key(1)}),
    ),
    "a metric that became text": (promises.METRICS, sound().run(1, metrics={**sound().runs[1].metrics, "best": "0.5"})),
    "a point lost": (promises.SERIES, sound().run(1, series={"objective": hand.POINTS[:-1]})),
    "a series unlisted": (
        promises.LISTED,
        sound().run(1, series={}, unlisted=Unlisted({"objective": hand.POINTS}, calls={"series": ("list", "name")})),
    ),
    "a series lost": (promises.SERIES, sound().run(1, series={})),
    "a point altered": (promises.SERIES, sound().run(1, series={"objective": (*hand.POINTS[:-1], (1, 0.26))})),
    "points reordered within a step": (
        promises.SERIES,
        sound().run(1, series={"objective": (hand.POINTS[0], hand.POINTS[2], hand.POINTS[1])}),
    ),
    "points that are none": (promises.SERIES, sound().run(1, series={"objective": ((0, "x"),)})),
    "a parameter lost": (promises.PARAMS, sound().run(1, params={"n": 1})),
    "a parameter of another type": (promises.PARAMS, sound().run(1, params={"n": 1.0, "name": "run"})),
    "a parameter from elsewhere": (promises.PARAMS, sound().run(1, params={**hand.params(1), "more": 0})),
    "parameters that differ from what arrived": (
        promises.PARAMS,
        replace(sound(), plan=tuple(replace(run, params=None) for run in sound().plan)).run(1, params={"n": 7}),
    ),
    "an artifact changed": (
        promises.ARTIFACTS,
        sound().run(1, artifacts={"curve": StoredArtifact("numpy", 9, "e" * 32)}),
    ),
    "an artifact that cannot be read": (
        promises.READABLE,
        sound().run(1, artifacts={"curve": StoredArtifact("numpy", 9, None, "no such file")}),
    ),
    "data that cannot be read": (
        promises.READABLE,
        sound().run(1, data={"table": StoredArtifact("json", problem="torn")}),
    ),
    "times out of order": (promises.TIMES, sound().run(1, finished_at=NOW - timedelta(seconds=1))),
    "no times": (promises.TIMES, sound().run(1, started_at=None)),
    "times of two kinds": (promises.TIMES, sound().run(1, started_at=NOW.replace(tzinfo=None))),
    "a record of another experiment": (
        promises.EXPERIMENT,
        sound().run(1, experiment_id="other:1").judged(experiment_id=hand.EXPERIMENT),
    ),
    "a record that is torn": (promises.RECORDS, sound().run(1, problems=("its end is missing",))),
    "a store that is torn": (promises.RECORDS, replace(sound(), problems=("id-9.json: no JSON",))),
    "a file that nothing lists": (promises.ORPHANS, with_findings(orphans=("runs/left.tmp",))),
    "a file next to the store": (promises.INSIDE, with_findings(appeared_outside=("debug.log",))),
    "a check that finds something": (promises.CHECKED, with_findings(check_problems=("id-9: none",))),
    "a token that is not JSON": (promises.STRICT, with_findings(invalid_json=("runs/id-9.json: NaN",))),
    "a warning for nothing": (promises.QUIET, with_findings(messages=("WARNING: overwriting",))),
}  # fmt: skip


@pytest.mark.parametrize("story", [sound(), sound(1), failing()], ids=["sound", "one run", "a failure on purpose"])
def test_a_sound_history_breaks_nothing(story: Story) -> None:
    assert judge(story) == ()


@pytest.mark.parametrize("what", BREAKS)
def test_a_history_breaks_its_promise_and_no_other(what: str) -> None:
    promise, story = BREAKS[what]
    assert broken(story) == {promise}


def test_every_promise_has_a_history_that_breaks_it() -> None:
    assert {promise for promise, _ in BREAKS.values()} == ALL_PROMISES


def test_a_violation_names_the_run_the_place_and_both_values() -> None:
    (violation,) = judge(sound().run(1, metrics={**sound().runs[1].metrics, "best": 0.75}))
    assert (violation.run_id, violation.key, violation.where) == ("id-1", hand.key(1), "best")
    assert (violation.expected, violation.found) == ("0.5", "0.75")
    assert all(part in violation.message for part in ("id-1", hand.key(1), "'best'", "0.5", "0.75"))


def test_a_session_that_was_stopped_may_miss_anything_but_nothing_is_wrong() -> None:
    stopped = sound().without("runs", 2).without("executions", 1).without("runs", 1).judged(complete=False)
    assert broken(stopped) == set()
    assert broken(stopped.run(0, status="failed")) == {promises.STATUS}


@pytest.mark.parametrize(
    "story",
    [
        failing(),
        sound().without("executions", 0).judged(before={hand.key(0)}),
        sound().twice("executions", 0, session="yesterday", outcome="interrupted", finished=None),
    ],
    ids=["a failure", "what was there before", "an earlier attempt"],
)
def test_a_warning_may_have_a_reason(story: Story) -> None:
    assert broken(story.judged(findings=StoreFindings(messages=("WARNING: see the reason",)))) == set()


def test_a_resumed_sweep_executes_the_rest() -> None:
    resumed = sound().without("executions", 0).judged(before={hand.key(0)})
    assert broken(resumed) == set()


def test_earlier_sessions_are_no_second_execution() -> None:
    earlier = sound().twice("executions", 1, session="yesterday", outcome="interrupted", finished=None)
    assert broken(earlier.judged(session=hand.SESSION)) == set()
    retried = sound().twice("executions", 1, session="yesterday", started=1.0, finished=2.0, outcome="raised")
    assert broken(retried.judged(session=hand.SESSION)) == set()
    done = sound().execution(1, session="yesterday").judged(session=hand.SESSION, before={hand.key(1)})
    assert broken(done) == set()


def test_what_the_witness_was_not_told_is_not_judged() -> None:
    silent = sound().execution(1, metrics=None, artifacts=None, series=None, params=None)
    assert broken(silent.run(1, metrics={**sound().runs[1].metrics, "best": 7}, series={})) == set()


def test_a_failed_record_without_its_metrics_still_finds_its_run() -> None:
    nameless = failing().execution(0, metrics=None, series=None, artifacts=None, outcome="interrupted", finished=None)
    assert broken(nameless.run(0, metrics={}, artifacts={}, series={})) == set()


def test_a_record_of_a_run_that_had_not_begun_is_no_other_runs() -> None:
    """Two workers died, of which one had written that its run was going on, and had not begun it."""
    killed = failing().execution(0, metrics=None, series=None, artifacts=None, outcome="interrupted", finished=None)
    waiting = killed.run(1, status="running", metrics={}, artifacts={}, series={}).without("executions", 1)
    found = {(violation.promise, violation.key) for violation in judge(waiting.without("runs", 0))}
    assert found == {(promises.STORED, hand.key(0)), (promises.STATUS, hand.key(1))}


def test_a_record_of_a_run_that_was_about_to_be_stored_is_its_own() -> None:
    """Its worker was ended after the operation and before the record was written once more."""
    waiting = sound().run(1, status="running", metrics={}, artifacts={}, series={})
    assert {(violation.promise, violation.key) for violation in judge(waiting)} == {(promises.STATUS, hand.key(1))}


def test_failed_records_without_metrics_find_their_runs_by_params() -> None:
    """Workers that died left two such records, in the other order; and one success without a key is nobody's."""
    story = sound()
    for n in (0, 1):
        story = replace(
            story, plan=tuple(replace(run, status="failed") if run.key == hand.key(n) else run for run in story.plan)
        )
        story = story.run(n, status="failed", metrics={}, artifacts={}, series={})
        story = story.execution(n, metrics=None, series=None, artifacts=None, outcome="interrupted", finished=None)
    swapped = replace(story, runs=(story.runs[1], story.runs[0], story.runs[2]))
    assert broken(story) == broken(swapped) == set()
    assert broken(swapped.run(0, params=hand.params(7))) == {promises.PARAMS}
    assert broken(swapped.run(0, status="success")) == {promises.EARNED, promises.STORED}


def test_a_key_planned_twice_is_refused() -> None:
    story = sound()
    with pytest.raises(InvalidInputError, match="planned twice"):
        judge(replace(story, plan=(*story.plan, story.plan[0])))


def test_stored_successes_are_the_keys_of_sound_successes() -> None:
    story = failing().run(1, metrics={})
    assert stored_successes(story.store) == {hand.key(2)}


def test_the_smallest_witness_is_told_and_the_others_counted() -> None:
    story = sound(4)
    wide = replace(story.plan[0], params={**hand.params(0), "more": 1})
    lost = replace(story, plan=(wide, *story.plan[1:]), executions=story.executions[3:], runs=story.runs[3:])
    (finding,) = smallest(judge(lost))
    assert (finding.violation.key, finding.others) == (hand.key(1), 2)
    assert "and 2 more" in str(finding)


def test_of_equally_small_cases_always_the_same_is_told() -> None:
    cases = [Violation("a", text, where=where) for where in "yx" for text in "nm"]
    (forward,), (backward,) = smallest(cases), smallest(reversed(cases))
    assert forward == backward
    assert (forward.violation.where, forward.violation.message) == ("x", "m")


def test_findings_come_in_the_order_of_their_first_appearance() -> None:
    cases = [Violation("b", "", size=2), Violation("a", "", size=1), Violation("b", "", size=1)]
    assert [(one.violation.promise, one.violation.size, one.others) for one in smallest(cases)] == [
        ("b", 1, 1),
        ("a", 1, 0),
    ]


STORIES = {"sound": sound(6), "failing": failing(6), **{what: story for what, (_, story) in BREAKS.items()}}


@pytest.mark.parametrize("what", STORIES)
@settings(max_examples=5)
@given(st.randoms(use_true_random=False))
def test_the_order_of_everything_changes_no_finding(what: str, random: Random) -> None:
    story = STORIES[what]
    found = {finding.violation.promise: finding for finding in smallest(judge(story))}
    parts = {name: list(getattr(story, name)) for name in ("plan", "executions", "runs")}
    for part in parts.values():
        random.shuffle(part)
    shuffled = smallest(judge(replace(story, **{name: tuple(part) for name, part in parts.items()})))
    assert {finding.violation.promise: finding for finding in shuffled} == found


CHANGES: dict[str, Callable[[Story, int], Story]] = {
    "drop a record": lambda story, n: story.without("runs", n),
    "drop an execution": lambda story, n: story.without("executions", n),
    "drop a plan": lambda story, n: story.without("plan", n),
    "double an execution": lambda story, n: story.twice("executions", n),
    "double a record": lambda story, n: story.twice("runs", n, run_id="twin"),
    "fail a record": lambda story, n: story.run(n, status="failed"),
    "alter a metric": lambda story, n: story.run(n, metrics={**story.runs[n].metrics, "best": 0.25}),
    "alter a parameter": lambda story, n: story.run(n, params={**hand.params(n), "n": -1}),
    "drop an artifact": lambda story, n: story.run(n, artifacts={}),
    "drop a series": lambda story, n: story.run(n, series={}),
}


@given(st.sampled_from(sorted(CHANGES)), st.integers(1, 6), st.data())
def test_one_change_anywhere_in_a_sound_history_is_noticed(what: str, runs: int, data: st.DataObject) -> None:
    changed = data.draw(st.integers(0, runs - 1))
    violations = judge(CHANGES[what](sound(runs), changed))
    assert violations
    assert {violation.key for violation in violations} == {hand.key(changed)}


def test_a_plan_of_nothing_but_what_was_there_before_is_sound() -> None:
    story = sound(1).without("executions", 0).judged(before={hand.key(0)})
    assert broken(story) == set()
    assert broken(replace(story, plan=())) == set()


def test_a_planned_run_says_how_it_is_meant_to_end() -> None:
    assert PlannedRun("k").status == "success"
