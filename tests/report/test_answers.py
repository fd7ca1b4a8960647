"""The head of a page: the verdict in a sentence, and what it answers to the questions of its readers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sessions import KEPT, KEPT_ID, RUN_ONCE, count, outcome, session, speed

from pytest_optbench.report.answer import Answer
from pytest_optbench.report.answers import answers, verdict
from pytest_optbench.report.break_views import break_views
from pytest_optbench.report.compare import compare
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.forecast import CostForecast, Estimate, Forecast
from pytest_optbench.report.rows import rows


def against(now: SessionReport, before: SessionReport, name: str = "main") -> SessionReport:
    return replace(now, comparison=compare(now, before, name))


def sentence(report: SessionReport) -> str:
    return verdict(report, rows(report.outcomes), break_views(report))


def answered(report: SessionReport) -> tuple[Answer, ...]:
    return answers(report, break_views(report))


GREEN = session(outcome(count(10), speed(100)))
BROKEN = session(outcome(count(10), speed(100), broken=[RUN_ONCE]))
BOTH = session(outcome(count(10), speed(100), broken=[RUN_ONCE, KEPT]))


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (session(), "nothing was measured of lab 1.0"),
        (GREEN, "lab 1.0 keeps every promise that 1 part tested"),
        (BOTH, "lab 1.0 breaks 2 promises in 1 of 1 breaking point"),
        (against(BOTH, BROKEN), "lab 1.0 breaks 2 promises in 1 of 1 breaking point, 1 newly broken"),
        (against(BOTH, BOTH), "lab 1.0 breaks 2 promises in 1 of 1 breaking point, all of them known to main"),
        (
            session(replace(outcome(), verdict="inconclusive"), outcome(point="leaks")),
            "lab 1.0 broke no promise, but 1 part could not decide",
        ),
    ],
)
def test_the_verdict_in_a_sentence(report: SessionReport, expected: str) -> None:
    assert sentence(report) == expected


@pytest.mark.parametrize(
    ("report", "tone", "short"),
    [
        (GREEN, "", "not compared with an earlier version"),
        (against(BOTH, BROKEN), "bad", "no: 1 newly broken since main"),
        (against(GREEN, GREEN), "good", "yes: nothing broke that main kept, and no limit got worse"),
        (against(session(outcome(count(14), speed(100))), GREEN), "warn", "with care: 1 limit got worse"),
        (against(session(outcome(count(10.5), speed(100))), GREEN), "good", "yes: nothing broke that"),
        (against(session(outcome(count(10), point="other")), GREEN), "warn", "not decided"),
    ],
)
def test_whether_it_is_safe_to_upgrade(report: SessionReport, tone: str, short: str) -> None:
    answer = answered(report)[0]
    assert answer.tone == tone
    assert answer.short.startswith(short)
    assert bool(answer.command) == (report.comparison is None)


def test_a_baseline_under_other_conditions_decides_nothing() -> None:
    other = replace(GREEN, machine={**GREEN.machine, "cores": 64})
    answer = answered(against(GREEN, other))[0]
    assert (answer.tone, answer.short) == ("warn", "not decided")
    assert answer.lines[0].text == "other conditions: cores 64, now 2"


def test_what_broke_since_a_baseline_leads_to_the_break() -> None:
    answer = answered(against(BOTH, BROKEN, "/somewhere/last-week.json"))[1]
    assert (answer.question, answer.tone, answer.short) == ("What broke since last-week?", "bad", "1 promise")
    new = break_views(against(BOTH, BROKEN))[0]
    assert (new.key.id, new.state) == (KEPT_ID, "new")
    assert [(line.text, line.anchor) for line in answer.lines] == [
        (f"resume: {KEPT}", new.anchor),
        ("1 known", "against"),
    ]


def test_what_was_fixed_is_counted() -> None:
    answer = answered(against(BROKEN, BOTH))[1]
    assert (answer.tone, answer.short) == ("good", "nothing")
    assert [line.text for line in answer.lines] == ["1 known, 1 fixed"]


def test_a_session_that_only_forecasts_answers_that_alone() -> None:
    estimate = Estimate(60.0, 50.0, 70.0)
    made = Forecast(10, "noop", "thread", (10,), (CostForecast("wall time", "s", (estimate,), 1),), 10, 1, 2.0)
    report = replace(session(), forecast=made)
    assert [answer.question for answer in answered(report)] == ["Will 10 runs go through?"]
    assert sentence(report) == "a forecast for lab 1.0"
    assert len(answered(replace(GREEN, forecast=made))) == 3
