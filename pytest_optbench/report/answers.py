"""The head of a page: the verdict in a sentence, and short answers to the questions that a reader comes with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from .answer import Answer, Line
from .break_views import BreakView
from .comparison import Change, Comparison
from .document import SessionReport
from .envelope import is_notable
from .forecast_answer import forecast_answer
from .rows import Row
from .wording import change_text, count

LISTED = 4  # lines of an answer
SHOW = "python -m pytest_optbench.report show NOW.json --compare BEFORE.json --html report.html"


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
            since = f", {_news(report.comparison) or f'all of them known to {_name(report.comparison)}'}"
        return f"{target} breaks {count(promises, 'promise')} in {points} of {_points(all_rows)}{since}"
    undecided = sum(row.parts.get("inconclusive", 0) for row in all_rows)
    if undecided:
        return f"{target} broke no promise, but {count(undecided, 'part')} could not decide"
    return f"{target} keeps every promise that {count(sum(row.items for row in all_rows), 'part')} tested"


def answers(report: SessionReport, breaks: Sequence[BreakView]) -> tuple[Answer, ...]:
    """Return the answers of the first screen: safe to upgrade, what changed, how far it will go.

    A session that made a forecast and ran no scenario answers the last question alone.
    """
    if report.forecast is not None and not report.outcomes:
        return (forecast_answer(report.forecast, report.started),)
    return _upgrade(report), _changed(report, breaks), forecast_answer(report.forecast, report.started)


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
    if comparison and (news := _news(comparison)):
        return Answer(question, "bad", f"no: {news} since {name}", tuple(lines))
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


def _news(comparison: Comparison) -> str:
    """Return how many promises are broken that were not, and how many more often; empty where there is none."""
    counts = ((len(comparison.new), "newly broken"), (len(comparison.grown), "broken more often"))
    return ", ".join(f"{number:,} {what}" for number, what in counts if number)


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


def _points(all_rows: Sequence[Row]) -> str:
    return count(len({row.point for row in all_rows}), "breaking point")
