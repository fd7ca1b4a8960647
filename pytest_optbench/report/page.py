"""The HTML report: one self-contained file, the answer first, then the envelope, then a card for each breaking point.

Needs jinja2 and matplotlib (the extra `html`). Everything that came from a session is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import figures, wording
from .answer import Tone
from .answers import answers, verdict
from .break_views import BreakView, break_views
from .comparison import Change
from .document import SessionReport
from .drawing import MUTED
from .envelope import LimitView, distinct_curves, limit_views
from .outcome import Chart
from .rows import Row, rows
from .templating import Figure, render

SHOWN_BREAKS = 3  # that are open at once where none is new; else the new ones are


@dataclass(frozen=True)
class Card:
    """One breaking point as the page shows it: its row, its breaks, its limits with their changes, and its plots."""

    row: Row
    anchor: str
    is_known: bool
    breaks: tuple[BreakView, ...]
    limits: tuple[LimitView, ...]
    figures: tuple[Figure, ...]

    @property
    def shares(self) -> list[LimitView]:
        """The limits that count what survived."""
        return [view for view in self.limits if view.display == "share"]

    @property
    def is_changed(self) -> bool:
        """Whether a break or a limit is not what the baseline knows."""
        return any(view.is_changed for view in self.breaks) or any(view.is_changed for view in self.limits)


def to_html(report: SessionReport, before: SessionReport | None = None) -> str:
    """Return the whole page as text; `before` adds the baseline's curves."""
    breaks = break_views(report)
    cards = tuple(_cards(report, breaks, before))
    all_rows = [card.row for card in cards]
    answered = answers(report, breaks)
    return render(
        "report.html.j2",
        report=report,
        cards=cards,
        breaks=breaks,
        envelope=_envelope(cards),
        shown_breaks=sum(view.is_changed for view in breaks) or SHOWN_BREAKS,
        verdict=verdict(report, all_rows, breaks),
        answers=answered,
        counts=wording.answer(all_rows),
        unlike=wording.unlike_answer(report),
        incomplete=wording.incomplete_answer(report),
        gate=wording.gate_answer(report),
        tone=_tone(report, all_rows) if cards or report.forecast is None else answered[-1].tone,
        compared=report.comparison is not None or report.versus is not None,
        comparison=_forest(report.comparison.changes if report.comparison else ()),
        versus=_forest(report.versus.changes if report.versus else ()),
    )


def _envelope(cards: Iterable[Card]) -> list[tuple[Card, LimitView]]:
    """Return every limit with its card: those that changed first, then those that broke."""
    views = [(card, view) for card in cards for view in card.limits]
    return sorted(views, key=lambda pair: (not pair[1].is_changed, not pair[1].is_broken))


def _tone(report: SessionReport, all_rows: Sequence[Row]) -> Tone:
    """Return the colour of the answer: of the gate, or without one of the worst verdict; incomplete is not green."""
    verdicts = {row.verdict for row in all_rows}
    tone: Tone
    if report.gate is not None:
        tones: Mapping[str, Tone] = {"pass": "good", "fail": "bad", "inconclusive": "warn"}
        tone = tones[report.gate.verdict]
    elif not verdicts or "breaks" in verdicts:
        tone = "bad"
    else:
        tone = "warn" if "inconclusive" in verdicts or any(row.flaky for row in all_rows) else "good"
    return "warn" if tone == "good" and report.incomplete else tone


def _cards(report: SessionReport, breaks: Iterable[BreakView], before: SessionReport | None) -> Iterator[Card]:
    changes_by_limit = wording.changes_by_limit(report)
    then = {(row.point, row.intensity): row for row in rows(before.outcomes)} if before else {}
    for number, row in enumerate(rows(report.outcomes), start=1):
        place = row.point, row.intensity
        changes = {name: change for (*key, name), change in changes_by_limit.items() if tuple(key) == place}
        views = limit_views(row, changes, then[place].limits if place in then else ())
        mine = tuple(view for view in breaks if (view.key.point, view.key.intensity) == place)
        drawn = tuple(_figures(row, views))
        yield Card(row, f"card-{number}", wording.is_known(report, row), mine, views, drawn)


def _figures(row: Row, views: Sequence[LimitView]) -> Iterator[Figure]:
    """Yield the plots that say more than a sentence: curves, loads that held and broke, lines of the scenario."""
    for view in distinct_curves(views):
        caption = f"{view.limit.name}: {view.figure}"
        if view.display == "curve":
            lines = [figures.Line("now" if view.earlier else "measured", view.limit)]
            if view.earlier and view.earlier.curve:
                lines.append(figures.Line("before", view.earlier, MUTED))
            yield Figure(caption, figures.curve(lines, view.meaning, row.calibration))
        elif view.display == "ladder":
            yield Figure(f"{caption}; {view.breaks_at}", figures.ladder([figures.Line("", view.limit)], view.meaning))
    for chart in row.charts:
        if not _repeats_a_limit(chart, views):
            yield Figure(chart.title, figures.chart(chart))


def _repeats_a_limit(chart: Chart, views: Iterable[LimitView]) -> bool:
    """Return whether every line of a chart is the curve of a limit."""
    curves = [{(load, value) for load, value, _ in view.limit.curve} for view in views]
    return bool(chart.lines) and all(set(points) in curves for points in chart.lines.values())


def _forest(changes: Sequence[Change]) -> Figure | None:
    if not changes:
        return None
    return Figure("cost now over cost before, with 95 % intervals", figures.forest(changes))
