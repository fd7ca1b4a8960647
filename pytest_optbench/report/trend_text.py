"""A trend as lines of text, and the words that its page shares with them."""

from __future__ import annotations

from collections.abc import Iterator

from .document import SessionReport
from .limit_series import LimitSeries
from .steps import Step
from .trend import BreakCourse, Course, Trend
from .wording import count, figure, shown

COURSES: tuple[Course, ...] = ("came", "went", "comes and goes", "always")
SHORT = 10  # characters of a commit


def lines(found: Trend) -> Iterator[str]:
    """Yield the answer, then each break whose course changed and each limit that stepped."""
    yield answer(found)
    yield sessions_text(found)
    for place, differences in found.unlike.items():
        yield shown(f"from {session_name(found.sessions[place])} on: {'; '.join(differences)}")
    for course in COURSES[:-1]:
        for one in (one for one in found.breaks if one.course == course):
            yield shown(f"{course}: {one.key}: {break_text(found, one)}")
    for series in found.limits:
        for step in series.steps:
            name = f"{series.point}.{series.name} [{series.intensity}]"
            yield shown(f"stepped: {name}: {step_text(series, step)} at {session_name(found.sessions[step.at])}")


def answer(found: Trend) -> str:
    """Return the changes between the first and the last session in one sentence."""
    numbers = {course: sum(one.course == course for one in found.breaks) for course in COURSES}
    plural = {"comes and goes": "come and go", "always": "were always there"}
    single = {"always": "was always there"}
    words = ((number, (single if number == 1 else plural).get(course, course)) for course, number in numbers.items())
    breaks = ", ".join(f"{number} {word}" for number, word in words if number)
    worse = sum(series.worsens(step) for series in found.limits for step in series.steps)
    total = sum(len(series.steps) for series in found.limits)
    limits = f"; {count(total, 'step')} of limits ({worse} for the worse)" if total else "; no limit stepped"
    return f"{count(len(found.sessions), 'session')}; breaks: {breaks or 'none'}{limits}"


def sessions_text(found: Trend) -> str:
    """Return the first and the last session, and the order."""
    first, last = found.sessions[0], found.sessions[-1]
    order = "by commit" if found.by_commit else "by time"
    return shown(f"{order}, from {session_name(first)} to {session_name(last)}")


def session_name(report: SessionReport) -> str:
    """Return the commit of a session and the first line of its message, or the time at which it started."""
    commit, subject = report.target.get("commit", ""), report.target.get("subject", "")
    return f"{commit[:SHORT]} {subject}".strip() if commit else report.started or "a session at an unknown time"


def break_text(found: Trend, one: BreakCourse) -> str:
    """Return where a break came or went, or in how many sessions it was there."""
    decided = [state for state in one.there if state is not None]
    if one.course in ("comes and goes", "always"):
        return f"in {sum(decided)} of {count(len(decided), 'session')}"
    changes = (
        f"{'came' if one.there[place] else 'went'} at {session_name(found.sessions[place])}" for place in one.changes
    )
    return ", then ".join(changes)


def step_text(series: LimitSeries, step: Step) -> str:
    """Return both levels of a step, and the factor by which it is better or worse."""
    factor = max(step.before, step.after) / min(step.before, step.after)
    sign, unit = "~" if series.kind == "time" else "", f" {series.unit}".rstrip()
    levels = f"{sign}{figure(step.before)} -> {sign}{figure(step.after)}{unit}"
    return f"{levels}, {factor:,.3g}x {'worse' if series.worsens(step) else 'better'}"
