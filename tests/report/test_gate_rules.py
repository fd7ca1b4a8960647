"""Rules of the gate: how they are read, what they refuse, and what they say of a session."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sessions import RUN_ONCE, RUN_ONCE_ID, count, outcome, session, speed

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.report.compare import compare
from pytest_optbench.report.comparison import Gate, Versus
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.gate import Rule, evaluate, parse, slug
from pytest_optbench.report.outcome import ItemOutcome, Limit


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("throughput:10%", ("throughput", "*", "worse", 1.1)),
        ("resume.cost:1.3x", ("resume", "cost", "worse", 1.3)),
        ("resume.cost:+20%", ("resume", "cost", "better", 1.2)),
        ("stepped-metrics.points_per_s<1e5", ("stepped-metrics", "points_per_s", "below", 1e5)),
        ("a.first run within 1 s>-2.5", ("a", "first run within 1 s", "above", -2.5)),
        ("*:0%", ("*", "*", "worse", 1.0)),
    ],
)
def test_a_rule_is_read(text: str, rule: tuple[str, str, str, float]) -> None:
    assert parse(text) == (Rule(text, *rule),)  # type: ignore[arg-type]


def test_several_rules_are_separated_by_commas() -> None:
    assert [rule.text for rule in parse("a:1%, b.c<3")] == ["a:1%", "b.c<3"]


@pytest.mark.parametrize(
    "text", ["", "resume", "resume:", "resume:ten%", "resume:10", "resume:0.5x", "resume:-3%", "resume:+0%", ":10%",
             "resume.cost=3", "resume.cost<nan", "resume.cost<", "resume:inf%", "a:1%,"],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidInputError, match="throughput:10%"):
        parse(text)


def test_a_limit_is_named_with_underscores_too() -> None:
    assert slug("p99 commit (4 writers)") == "p99_commit_4_writers"
    assert parse("a.p99_commit:1%")[0].covers("a", "p99 commit")
    assert not parse("a.p99:1%")[0].covers("a", "p99 commit")


def held(text: str, now: ItemOutcome, before: ItemOutcome | None = None) -> Gate:
    report, baseline = session(now), session(before or now)
    return evaluate(parse(text), replace(report, comparison=compare(report, baseline, "main")))


def verdict(text: str, now: ItemOutcome, before: ItemOutcome | None = None) -> str:
    (ruled,) = held(text, now, before).rules
    return ruled.verdict


@pytest.mark.parametrize(
    ("rule", "now", "expected"),
    [
        ("resume:10%", 11.0, "pass"), ("resume:10%", 11.1, "fail"), ("resume.cost:2x", 21, "fail"),
        ("resume.cost:+20%", 8, "pass"), ("resume.cost:+20%", 9, "fail"), ("resume.cost:+20%", 10, "fail"),
        ("resume.cost>12", 12, "pass"), ("resume.cost>12", 13, "fail"), ("resume.cost<12", 11, "fail"),
    ],
)  # fmt: skip
def test_counts_are_judged_as_they_are(rule: str, now: float, expected: str) -> None:
    assert verdict(rule, outcome(count(now)), outcome(count(10))) == expected


def searched(value: float, stopped: str) -> Limit:
    return Limit("levels", value, "levels", stopped=stopped)


@pytest.mark.parametrize(
    ("rule", "before", "now", "expected"),
    [
        ("resume:10%", (8, "budget"), (4, "budget"), "inconclusive"),
        ("resume:10%", (8, "budget"), (7, "ceiling"), "inconclusive"),
        ("resume:10%", (8, "broke"), (4, "budget"), "inconclusive"),
        ("resume:10%", (8, "budget"), (8, "budget"), "pass"),
        ("resume:10%", (8, "budget"), (9, "broke"), "pass"),
        ("resume:10%", (8, "broke"), (9, "budget"), "pass"),
        ("resume:10%", (8, "budget"), (4, "broke"), "fail"),
        ("resume:+20%", (8, "budget"), (16, "budget"), "inconclusive"),
        ("resume:+20%", (8, "broke"), (16, "budget"), "pass"),
        ("resume:+20%", (8, "broke"), (8, "budget"), "inconclusive"),
    ],
)
def test_a_search_that_was_cut_off_is_no_loss_and_no_gain(
    rule: str, before: tuple[float, str], now: tuple[float, str], expected: str
) -> None:
    gate = held(rule, outcome(searched(*now)), outcome(searched(*before)))
    assert [ruled.verdict for ruled in gate.rules] == [expected]
    assert gate.passed == (expected != "fail")


def test_an_exponent_that_doubled_fails_without_any_time() -> None:
    before, now = outcome(count(1.02, "exponent")), outcome(count(1.97, "exponent"))
    assert verdict("resume.exponent>1.3", now, before) == "fail"
    assert verdict("resume.exponent:1.3x", now, before) == "fail"


@pytest.mark.parametrize(
    ("now", "expected"), [(speed(70), "fail"), (speed(99), "pass"), (speed(88, samples=1), "inconclusive")]
)
def test_speeds_are_judged_by_their_samples(now: object, expected: str) -> None:
    assert verdict("resume:10%", outcome(now), outcome(speed(100))) == expected  # type: ignore[arg-type]


def test_an_improvement_of_speed_is_asserted_with_its_interval() -> None:
    assert verdict("resume:+1.3x", outcome(speed(150)), outcome(speed(100))) == "pass"
    assert verdict("resume:+1.3x", outcome(speed(110)), outcome(speed(100))) == "fail"
    assert verdict("resume:+1.3x", outcome(speed(150, samples=1)), outcome(speed(100))) == "inconclusive"


def test_doubt_does_not_fail_and_is_told() -> None:
    gate = held("resume:10%", outcome(speed(80, samples=1)), outcome(speed(100)))
    assert gate.passed
    assert "cannot decide" in gate.rules[0].message


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("resume.typo:10%", "there are: resume.cost"),
        ("resume.typo<1", "there are: resume.cost"),
        ("resume.points:10%", "give a bound"),
    ],
)
def test_a_rule_that_measured_nothing_fails(rule: str, told: str) -> None:
    gate = held(rule, replace(outcome(count(10)), measures={"points": 3.0}))
    assert not gate.passed
    assert told in gate.rules[0].message


def test_a_measure_can_be_bounded() -> None:
    assert verdict("resume.points<4", replace(outcome(), measures={"points": 3.0})) == "fail"


def test_a_limit_the_baseline_lacks_fails() -> None:
    gate = held("resume.cost:10%", outcome(count(10)), outcome())
    assert "save a baseline that has it" in gate.rules[0].message
    assert not gate.passed


def test_a_limit_that_is_measured_no_more_fails_a_rule_that_names_it() -> None:
    both, one = outcome(count(10), count(5, "files")), outcome(count(10))
    gate = held("resume:10%", one, both)
    assert [ruled.verdict for ruled in gate.rules] == ["fail", "pass"]
    assert "resume.files [light] is in the baseline" in gate.rules[0].message
    assert held("resume.cost:10%", one, both).passed
    assert held("resume:10%", both, one).passed


def test_a_session_without_a_verdict_measured_nothing() -> None:
    for empty in (session(), session(replace(outcome(), verdict="inconclusive"))):
        assert "nothing was measured" in evaluate((), empty).failures[0]


def test_a_baseline_of_other_scenarios_fails() -> None:
    gate = held("*:10%", outcome(count(1)), outcome(count(1), point="other"))
    assert any("has none of these" in failure for failure in gate.failures)


def test_new_breaks_fail_and_known_ones_do_not() -> None:
    broken = outcome(broken=[RUN_ONCE])
    assert evaluate((), compared(broken, broken)).passed
    assert evaluate((), compared(outcome(), broken)).passed
    (failure,) = evaluate((), compared(broken, outcome())).failures
    assert failure == f"newly broken: resume [light] case: {RUN_ONCE_ID}: {RUN_ONCE}"


def compared(now: ItemOutcome, before: ItemOutcome) -> SessionReport:
    return replace(session(now), comparison=compare(session(now), session(before), "main"))


def test_figures_taken_by_turns_outrank_the_baseline() -> None:
    report = compared(outcome(speed(70)), outcome(speed(100)))
    assert report.comparison is not None
    (change,) = report.comparison.changes
    by_turns = replace(change, worse=1.0, low=0.98, high=1.02, p=0.6)
    gate = evaluate(parse("resume:10%"), replace(report, versus=Versus("python", "lab", 9, (by_turns,))))
    assert gate.passed


def test_problems_of_the_other_interpreter_fail() -> None:
    versus = Versus("python", "lab", 0, problems=("it has no metalab",))
    assert evaluate((), replace(session(outcome()), versus=versus)).failures == ("it has no metalab",)
