"""The page of a trend: what came and went, a matrix of parts and sessions, and each limit with its steps.

Needs jinja2 and matplotlib (the extra `html`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from . import figures
from .conditions import describe_conditions
from .limit_series import LimitSeries
from .outcome import Chart, Verdict
from .templating import render
from .trend import Course, Trend
from .trend_text import COURSES, answer, break_text, session_name, sessions_text, step_text
from .wording import figure

SIGNS: Mapping[Verdict, str] = {
    "holds": "ok",
    "breaks": "✕",
    "inconclusive": "?",
    "measured": "m",
    "not applicable": "-",
}
KINDS: Mapping[Course, str] = {"came": "new", "went": "fixed", "comes and goes": "flaky"}
LINE = (100.0, 20.0)  # the box of a small line
SMALLEST_SPAN = 0.2  # what the height of that box is at least, as a share of the largest figure


@dataclass(frozen=True)
class Plot:
    """A limit that stepped, with its plot."""

    series: LimitSeries
    svg: str


@dataclass(frozen=True)
class LimitRow:
    """A limit in the table: its first and last figure, and the points of its line."""

    series: LimitSeries
    first: str
    last: str
    line: str


def to_html(found: Trend) -> str:
    """Return the page as text."""
    return render(
        "trend.html.j2",
        trend=found,
        name=found.sessions[-1].target.get("name", "unknown"),
        answer=answer(found),
        sessions_text=sessions_text(found),
        tone=_tone(found),
        courses={course: [one for one in found.breaks if one.course == course] for course in COURSES[:-1]},
        always=sum(one.course == "always" for one in found.breaks),
        kinds=KINDS,
        signs=SIGNS,
        changed=[part for part in found.parts if part.changed],
        unchanged=[part for part in found.parts if not part.changed],
        plots=[Plot(series, _plot(series)) for series in found.limits if series.steps],
        rows=[_row(series) for series in found.limits],
        session_name=session_name,
        conditions=describe_conditions,
        break_text=partial(break_text, found),
        step_text=step_text,
    )


def _tone(found: Trend) -> str:
    """Return the colour of the answer: red where a break came, yellow where something comes and goes or got worse."""
    courses = {one.course for one in found.breaks}
    if "came" in courses:
        return "bad"
    worse = any(series.worsens(step) for series in found.limits for step in series.steps)
    return "warn" if worse or "comes and goes" in courses else "good"


def _plot(series: LimitSeries) -> str:
    """Draw the figures of a limit by session, and its levels."""
    known = [(place + 1.0, value) for place, value in enumerate(series.values) if value is not None]
    unit = f", {series.unit}" if series.unit else ""
    lines = {"figure": tuple(known), "level": tuple(_levels(series, known))}
    return figures.chart(Chart(series.name, "session", f"{series.name}{unit}", lines))


def _levels(series: LimitSeries, known: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield both ends of each level."""
    first, last = known[0][0], known[-1][0]
    starts = [first, *(step.at + 1.0 for step in series.steps)]
    ends = [*(start - 1.0 for start in starts[1:]), last]
    levels = [series.steps[0].before, *(step.after for step in series.steps)]
    for start, end, level in zip(starts, ends, levels, strict=True):
        yield from ((start, level), (end, level))


def _row(series: LimitSeries) -> LimitRow:
    known = [value for value in series.values if value is not None]
    sign = "~" if series.kind == "time" else ""
    first, last = (f"{sign}{figure(value)} {series.unit}".rstrip() for value in (known[0], known[-1]))
    return LimitRow(series, first, last, _line(series))


def _line(series: LimitSeries) -> str:
    """Return the points of a line in its box, the larger figures higher; small changes look small."""
    known = [(place, value) for place, value in enumerate(series.values) if value is not None]
    low, high = min(value for _, value in known), max(value for _, value in known)
    middle, span = (low + high) / 2, max(high - low, SMALLEST_SPAN * max(abs(low), abs(high))) or 1.0
    width, height = LINE
    across = width / max(1, len(series.values) - 1)
    return " ".join(f"{place * across:.1f},{height * (0.5 - (value - middle) / span):.1f}" for place, value in known)
