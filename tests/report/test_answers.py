"""The head of a page: the verdict in a sentence, and what it answers to the questions of its readers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sessions import KEPT, KEPT_ID, RUN_ONCE, count, outcome, session, speed

from pytest_optbench.report.answers import Answer, answers, verdict
from pytest_optbench.report.break_views import break_views
from pytest_optbench.report.compare import compare
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.forecast import Cost, CostForecast, Estimate, Forecast, ResourceLimit, Unit
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
        (against(BOTH, BROKEN), "lab 1.0 breaks 2 promises in 1 of 1 breaking point, 1 of them newly"),
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
        (against(BOTH, BROKEN), "bad", "no: 1 promise newly broken since main"),
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


def cost(name: Cost, unit: Unit, value: float, workers: int = 0) -> CostForecast:
    return CostForecast(name, unit, (Estimate(value, value / 2, value * 2),), workers)


def forecast(*limits: ResourceLimit) -> SessionReport:
    costs = (
        cost("wall time", "s", 7200.0, 1), cost("wall time", "s", 3600.0, 2), cost("disk", "bytes", 3e9),
        cost("inodes", "count", 4e6), cost("memory to plan", "bytes", 0.0),
    )  # fmt: skip
    made = Forecast(2_000_000, "noop", "thread", (2_000_000,), costs, 1000, 2, 30.0, limits)
    return replace(session(), forecast=made)


def limit(runs: float, low: float) -> ResourceLimit:
    return ResourceLimit("inodes of this disk", "inodes", 1e6, "count", runs, low, None)


@pytest.mark.parametrize(
    ("report", "tone", "short"),
    [
        (GREEN, "", "not forecast in this session"),
        (forecast(), "good", "yes: it meets no limit of this machine"),
        (forecast(limit(9e6, 5e6)), "good", "yes: it meets no limit of this machine; first meets inodes of"),
        (forecast(limit(2.1e6, 1.5e6)), "warn", "just about; first meets inodes of this disk at 2,100,000 runs"),
        (forecast(limit(1e6, 5e5)), "bad", "no; first meets inodes of this disk at 1,000,000 runs"),
    ],
)
def test_how_far_a_sweep_will_go(report: SessionReport, tone: str, short: str) -> None:
    answer = answered(report)[2]
    assert answer.tone == tone
    assert answer.short.startswith(short)


def test_a_forecast_tells_time_and_disk_with_their_intervals() -> None:
    answer = answered(forecast())[2]
    assert answer.question == "Will 2,000,000 runs go through?"
    assert [line.text for line in answer.lines] == [
        "1 h 00 min (30 min 00 s to 2 h 00 min) with 2 workers",
        "3 GB (1.5 GB to 6 GB) of disk",
        "4,000,000 inodes (2,000,000 to 8,000,000)",
    ]
    assert sentence(forecast()) == "a forecast for lab 1.0"
