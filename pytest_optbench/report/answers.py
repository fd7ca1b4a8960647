"""The head of a page: the verdict in a sentence, and short answers to the questions that a reader comes with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from pytest_optbench.text import duration, size

from .break_views import BreakView
from .comparison import Change, Comparison
from .document import SessionReport
from .envelope import is_notable
from .forecast import CostForecast, Forecast, ResourceLimit, Unit
from .rows import Row
from .wording import change_text, count, figure

Tone = Literal["good", "bad", "warn", ""]
LISTED = 4  # lines of an answer
SHOW = "python -m pytest_optbench.report show NOW.json --compare BEFORE.json --html report.html"
FORECAST = "pytest --optbench-forecast 2000000 --optbench-html=forecast.html"


@dataclass(frozen=True)
class Line:
    """A line of an answer; `anchor` is the place on the page that it is about."""

    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Answer:
    """A question, its answer in a few words, and lines that explain it; `command` is how to get an answer."""

    question: str
    tone: Tone
    short: str
    lines: tuple[Line, ...] = ()
    command: str = ""


def verdict(report: SessionReport, all_rows: Sequence[Row], breaks: Sequence[BreakView]) -> str:
    """Return the verdict on the target in one sentence."""
    target = " ".join(filter(None, (report.target.get("name", "the target"), report.target.get("version", ""))))
    if not all_rows:
        return f"nothing was measured of {target}" if report.forecast is None else f"a forecast for {target}"
    if breaks:
        promises = len({(view.key.point, view.key.id) for view in breaks})
        points = len({view.key.point for view in breaks})
        since = ""
        if report.comparison is not None:
            changed = sum(view.is_changed for view in breaks)
            since = f", {changed:,} of them newly" if changed else f", all of them known to {_name(report.comparison)}"
        return f"{target} breaks {count(promises, 'promise')} in {points} of {_points(all_rows)}{since}"
    undecided = sum(row.parts.get("inconclusive", 0) for row in all_rows)
    if undecided:
        return f"{target} broke no promise, but {count(undecided, 'part')} could not decide"
    return f"{target} keeps every promise that {count(sum(row.items for row in all_rows), 'part')} tested"


def answers(report: SessionReport, breaks: Sequence[BreakView]) -> tuple[Answer, ...]:
    """Return the answers of the first screen: safe to upgrade, what changed, how far it will go."""
    return _upgrade(report), _changed(report, breaks), _forecast(report.forecast)


def worse_limits(changes: Iterable[Change]) -> list[Change]:
    """Return the limits that got notably worse, the worst first."""
    return sorted((one for one in changes if is_notable(one) and one.worse > 1), key=lambda one: -one.worse)


def _upgrade(report: SessionReport) -> Answer:
    question = "Is it safe to upgrade?"
    comparison, versus = report.comparison, report.versus
    if comparison is None and versus is None:
        return Answer(question, "", "not compared with an earlier version", command=SHOW)
    worse = worse_limits(comparison.changes if comparison else versus.changes if versus else ())
    lines = [Line(f"{one.point}: {one.limit} {change_text(one)}") for one in worse[:LISTED]]
    if len(worse) > LISTED:
        lines.append(Line(f"and {count(len(worse) - LISTED, 'more limit')} got worse"))
    name = _name(comparison) if comparison else versus.target if versus else ""
    if comparison and (broken := len(comparison.new) + len(comparison.grown)):
        return Answer(question, "bad", f"no: {count(broken, 'promise')} newly broken since {name}", tuple(lines))
    if report.gate and report.gate.failures:
        return Answer(question, "bad", "no: the gate failed", tuple(map(Line, report.gate.failures[:LISTED])))
    unsure = [*(f"not decided now: {part}" for part in (comparison.undecided if comparison else ())), *_unlike(report)]
    if unsure:
        more = [f"and {len(unsure) - LISTED} more"] if len(unsure) > LISTED else []
        return Answer(question, "warn", "not decided", tuple(map(Line, (*unsure[:LISTED], *more))))
    if worse:
        return Answer(question, "warn", f"with care: {count(len(worse), 'limit')} got worse", tuple(lines))
    return Answer(question, "good", f"yes: nothing broke that {name} kept, and no limit got worse")


def _name(comparison: Comparison) -> str:
    """Return the name of a baseline; of one that was given as a file the file's."""
    return PurePath(comparison.name).stem if comparison.name.endswith(".json") else comparison.name


def _unlike(report: SessionReport) -> list[str]:
    return [f"other conditions: {one}" for one in (report.comparison.unlike if report.comparison else ())]


def _changed(report: SessionReport, breaks: Sequence[BreakView]) -> Answer:
    comparison = report.comparison
    if comparison is None:
        how = "pytest -m light --optbench-save last-week"
        return Answer("What broke since last week?", "", "no baseline to compare with; save one", command=how)
    changed = [view for view in breaks if view.is_changed]
    lines = [Line(f"{view.key.point}: {view.broken.promise}", view.anchor) for view in changed[:LISTED]]
    if len(changed) > LISTED:
        lines.append(Line(f"and {len(changed) - LISTED} more", changed[LISTED].anchor))
    counts = (("known", comparison.known), ("fixed", comparison.fixed), ("that come and go", comparison.flaky))
    others = ", ".join(f"{len(listed)} {word}" for word, listed in counts if listed)
    if others:
        lines.append(Line(others, "against"))
    short = count(len(changed), "promise") if changed else "nothing"
    return Answer(f"What broke since {_name(comparison)}?", "bad" if changed else "good", short, tuple(lines))


def _forecast(forecast: Forecast | None) -> Answer:
    if forecast is None:
        return Answer("How far will my sweep go?", "", "not forecast in this session", command=FORECAST)
    question = f"Will {forecast.runs:,} runs go through?"
    lines = [Line(text, "forecast") for text in forecast_lines(forecast)]
    first = forecast.first_limit
    if first is None or first.low > forecast.runs:
        return Answer(question, "good", f"yes: it meets no limit of this machine{_meets(first)}", tuple(lines))
    if first.runs > forecast.runs:
        return Answer(question, "warn", f"just about{_meets(first)}", tuple(lines))
    return Answer(question, "bad", f"no{_meets(first)}", tuple(lines))


def forecast_lines(forecast: Forecast) -> Iterable[str]:
    """Yield what the sweep of a forecast takes: its time with the best number of workers, then disk and memory."""
    place = forecast.sizes.index(forecast.runs)
    walls = [cost for cost in forecast.costs if cost.cost == "wall time"]
    if walls:
        best = min(walls, key=lambda cost: cost.at[place].value)
        yield f"{_estimate(best, place)} with {count(best.workers, 'worker')}"
    for cost in forecast.costs:
        if cost.cost in ("disk", "inodes", "memory to plan") and cost.at[place].value > 0:
            yield f"{_estimate(cost, place)} of {cost.cost}" if cost.unit != "count" else f"{_estimate(cost, place)}"


def amount(value: float, unit: Unit) -> str:
    """Return an amount of seconds, bytes or a number with its unit."""
    if unit == "s":
        return duration(value)
    return size(value) if unit == "bytes" else figure(value)


def _estimate(cost: CostForecast, place: int) -> str:
    one = cost.at[place]
    name = f" {cost.cost}" if cost.unit == "count" else ""
    return f"{amount(one.value, cost.unit)}{name} ({amount(one.low, cost.unit)} to {amount(one.high, cost.unit)})"


def _meets(first: ResourceLimit | None) -> str:
    return "" if first is None else f"; first meets {first.name} at {figure(first.runs)} runs"


def _points(all_rows: Sequence[Row]) -> str:
    return count(len({row.point for row in all_rows}), "breaking point")
