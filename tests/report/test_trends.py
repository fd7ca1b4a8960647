"""Sessions in order: what came, went, or comes and goes, and the limits that stepped, as text and as a page."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sessions import KEPT, RUN_ONCE, RUN_ONCE_ID, count, outcome, session, speed

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.report import document
from pytest_optbench.report.__main__ import main
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.outcome import Limit
from pytest_optbench.report.trend import Trend, trend
from pytest_optbench.report.trend_page import to_html
from pytest_optbench.report.trend_text import lines


def of_days(*sessions: SessionReport) -> list[SessionReport]:
    """The sessions, each a day after the one before."""
    return [replace(report, started=f"2024-01-{day:02}T00:00:00Z") for day, report in enumerate(sessions, start=1)]


def broken_in(states: Iterable[bool | None], commits: Sequence[str] = ()) -> Trend:
    """Sessions in which a promise is broken, kept, or not decided."""
    reports = []
    for state, commit in itertools.zip_longest(states, commits, fillvalue=""):
        found = outcome(broken=[RUN_ONCE] if state else ())
        report = session(found if state is not None else replace(found, verdict="inconclusive"))
        reports.append(replace(report, target={**report.target, "commit": str(commit)}))
    return trend(of_days(*reports))


@pytest.mark.parametrize(
    ("states", "course", "changes"),
    [
        ("0011", "came", (2,)),
        ("0001", "came", (3,)),
        ("1100", "went", (2,)),
        ("1000", "went", (1,)),
        ("0?11", "came", (2,)),
        ("001100", "went", (2, 4)),
        ("110011", "came", (2, 4)),
        ("001000", "comes and goes", (2, 3)),
        ("0101", "comes and goes", (1, 2, 3)),
        ("1011", "comes and goes", (1, 2)),
        ("1111", "always", ()),
        ("1??1", "always", ()),
    ],
)
def test_a_break_has_a_course(states: str, course: str, changes: tuple[int, ...]) -> None:
    (found,) = broken_in({"0": False, "1": True, "?": None}[sign] for sign in states).breaks
    assert (found.course, found.changes, found.key.id) == (course, changes, RUN_ONCE_ID)


def test_sessions_of_one_commit_that_disagree_show_what_comes_and_goes() -> None:
    states = (False, False, True, True)
    assert broken_in(states, ["a", "b", "c", "d"]).breaks[0].course == "came"
    assert broken_in(states, ["a", "b", "b", "c"]).breaks[0].course == "comes and goes"


def test_a_part_that_ended_early_says_nothing_about_its_other_breaks() -> None:
    failed = outcome(broken=["audit.no-runner-error"])
    reports = of_days(session(outcome(broken=[RUN_ONCE])), session(failed), session(outcome(broken=[RUN_ONCE])))
    courses = {found.key.id: (found.there, found.course) for found in trend(reports).breaks}
    assert courses[RUN_ONCE_ID] == ((True, None, True), "always")
    assert courses["audit.no-runner-error"] == ((False, True, False), "comes and goes")


def test_parts_have_their_verdict_in_each_session() -> None:
    other = outcome(point="leaks", broken=[KEPT, RUN_ONCE])
    found = trend(
        of_days(session(outcome()), session(outcome(), other), session(replace(other, broken=other.broken[:1])))
    )
    first, second = found.parts
    assert (first.part[0], first.verdicts, first.broken) == ("resume", ("holds", "holds", None), (0, 0, 0))
    assert (second.part[0], second.verdicts, second.broken) == ("leaks", (None, "breaks", "breaks"), (0, 2, 1))
    assert (first.changed, second.changed) == (False, True)


def test_sessions_are_in_the_order_of_their_commits_where_each_has_one() -> None:
    newest, oldest = of_days(session(outcome()), session(outcome()))
    dates = ("2023-02-01T00:30:00+02:00", "2023-01-31T23:00:00+00:00")  # the second is later, in another zone
    dated = [
        replace(report, target={**report.target, "committed": date, "commit": date[:7]})
        for report, date in zip((newest, oldest), dates, strict=True)
    ]
    found = trend(dated[::-1])
    assert found.by_commit
    assert [report.target["committed"] for report in found.sessions] == [*dates]
    by_time = trend([dated[1], newest])
    assert not by_time.by_commit
    assert by_time.sessions == (newest, dated[1])


def with_limits(*limits: Limit, floor: float = 100.0) -> SessionReport:
    return session(replace(outcome(*limits), calibration={"payload_us": floor}))


def test_a_count_steps_at_the_session_that_changed_it() -> None:
    found = trend(of_days(*(with_limits(count(value)) for value in (7, 7, 7, 9, 9))))
    (series,) = found.limits
    assert [(step.at, step.before, step.after) for step in series.steps] == [(3, 7, 9)]
    assert series.worsens(series.steps[0])
    text = "\n".join(lines(found))
    assert "stepped: resume.cost [light]: 7 -> 9 opens/run, 1.29x worse at 2024-01-04T00:00:00Z" in text
    assert "1 step of limits (1 for the worse)" in text


def test_a_slower_machine_is_no_step_and_a_slower_target_is_one() -> None:
    levels = [1000.0] * 5 + [500.0] * 5
    slow_machine = trend(
        of_days(*(with_limits(speed(level, seed=at), floor=1e5 / level) for at, level in enumerate(levels)))
    )
    assert [series.steps for series in slow_machine.limits] == [()]
    slow_target = trend(of_days(*(with_limits(speed(level, seed=at)) for at, level in enumerate(levels))))
    (step,) = slow_target.limits[0].steps
    assert (step.at, step.before, step.after) == (5, 1000.0, 500.0)
    assert slow_target.limits[0].worsens(step)
    fast_floor = trend(of_days(*(with_limits(speed(1000.0), floor=level) for level in levels)))
    assert [series.steps for series in fast_floor.limits] == [()]  # the floor alone changed


def test_searches_that_their_time_ended_and_figures_of_zero_have_no_step() -> None:
    cut = [Limit("levels", value, "levels", ((value, 1.0, True),), "budget") for value in (4.0, 4.0, 64.0, 64.0)]
    found = trend(of_days(*map(with_limits, cut)))
    assert (found.limits[0].steps, found.limits[0].cut) == ((), (True,) * 4)
    assert trend(of_days(*(with_limits(count(value)) for value in (0, 0, 5, 5)))).limits[0].steps == ()


def test_a_limit_that_a_session_lacks_steps_at_the_next_one() -> None:
    reports = [
        with_limits(count(7)),
        with_limits(count(7)),
        with_limits(),
        with_limits(count(9)),
        with_limits(count(9)),
    ]
    (series,) = trend(of_days(*reports)).limits
    assert series.values == (7, 7, None, 9, 9)
    assert [step.at for step in series.steps] == [3]


def test_other_conditions_are_named_where_they_begin() -> None:
    first, second, third = of_days(*(session(outcome()) for _ in range(3)))
    found = trend([first, second, replace(third, machine={**third.machine, "python": "3.13.0"})])
    assert found.unlike == {2: ("Python 3.11, now 3.13",)}
    assert "from 2024-01-03T00:00:00Z on: Python 3.11, now 3.13" in [*lines(found)]


def test_what_has_no_trend_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="needs two reports or more, and there is 1"):
        trend([session()])
    other = replace(session(), target={"name": "engine"})
    with pytest.raises(InvalidInputError, match="different targets: engine, lab"):
        trend([session(), other])


class Page(HTMLParser):
    """The tags of a page and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.anchors |= {values["id"]} if values.get("id") else set()  # type: ignore[arg-type]
        self.links |= {values["href"]} if tag == "a" else set()  # type: ignore[arg-type]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_shows_all_of_it_and_escapes_what_it_was_given(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    reports = []
    for at, report in enumerate(of_days(*(with_limits(count(value, name=evil)) for value in (7, 7, 9, 9)))):
        found = replace(report.outcomes[0], case=evil, broken=outcome(broken=[RUN_ONCE]).broken if at > 1 else ())
        target = {**report.target, "commit": f"{at}" * 40, "committed": report.started, "subject": f'"{evil}'}
        verdict = "breaks" if at > 1 else "holds"
        reports.append(replace(report, target=target, outcomes=(replace(found, verdict=verdict),)))
    files = [tmp_path / f"{place}.json" for place in range(4)]
    for file, report in zip(files, reports, strict=True):
        document.write(report, file)
    page = tmp_path / "trend.html"
    assert main(["trend", *map(str, files[::-1]), "--html", str(page)]) == 0
    shown = Page(page.read_text(encoding="utf-8"))
    assert shown.tags.count("script") == 1  # the one that copies commands, which its digest allows
    text = " ".join("".join(shown.text).split())
    assert "4 sessions; breaks: 1 came; 1 step of limits (1 for the worse)" in text
    assert f'came at 2222222222 "{evil}' in text
    assert "7 -> 9 opens/run, 1.29x worse" in text
    assert {link.removeprefix("#") for link in shown.links} <= shown.anchors
    assert shown.tags.count("svg") == 2
    assert "✕1" in text


def test_a_trend_without_changes_says_so() -> None:
    page = to_html(trend(of_days(session(outcome()), session(outcome()))))
    text = " ".join("".join(Page(page).text).split())
    assert "2 sessions; breaks: none; no limit stepped" in text
    assert "No break came or went." in text
    assert "No part changed its verdict." in text


def test_input_that_cannot_be_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text("{}")
    assert main(["trend", str(tmp_path / "a.json"), str(tmp_path / "b.json")]) == 2
    assert "is not an optbench report" in capsys.readouterr().err
