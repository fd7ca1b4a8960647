"""The HTML report: one self-contained file, the answer first, then a card for each breaking point.

Needs jinja2 and matplotlib (the extra `html`). Everything that came from a session is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import figures, wording
from .comparison import Change
from .document import SessionReport
from .outcome import Limit
from .rows import Row, rows
from .templating import render


@dataclass(frozen=True)
class Figure:
    """A plot and its description for readers who cannot see it."""

    caption: str
    svg: str


@dataclass(frozen=True)
class Card:
    """One breaking point as the page shows it: its row, its plots, and how its limits moved."""

    row: Row
    anchor: str
    known: bool
    changes: Mapping[str, Change]
    figures: tuple[Figure, ...]


def to_html(report: SessionReport, before: SessionReport | None = None) -> str:
    """Return the whole page as text; `before` adds the baseline's curves."""
    cards = tuple(_cards(report, before))
    return render(
        "report.html.j2",
        report=report,
        cards=cards,
        answer=wording.answer([card.row for card in cards]),
        unlike=wording.unlike_answer(report),
        incomplete=wording.incomplete_answer(report),
        gate=wording.gate_answer(report),
        state=_state(report, cards),
        comparison=_forest(report, "comparison"),
        versus=_forest(report, "versus"),
    )


def _state(report: SessionReport, cards: tuple[Card, ...]) -> str:
    """Return the colour of the answer: of the gate, or without one of the worst verdict; incomplete is not green."""
    verdicts = {card.row.verdict for card in cards}
    if report.gate is not None:
        state = {"pass": "good", "fail": "bad", "inconclusive": "warn"}[report.gate.verdict]
    elif not verdicts or "breaks" in verdicts:
        state = "bad"
    else:
        state = "warn" if "inconclusive" in verdicts or any(card.row.flaky for card in cards) else "good"
    return "warn" if state == "good" and report.incomplete else state


def _cards(report: SessionReport, before: SessionReport | None) -> Iterator[Card]:
    changes_by_limit = wording.changes_by_limit(report)
    then = {(row.point, row.intensity): row for row in rows(before.outcomes)} if before else {}
    for number, row in enumerate(rows(report.outcomes), start=1):
        key = row.point, row.intensity
        changes = {name: change for (*place, name), change in changes_by_limit.items() if tuple(place) == key}
        drawn = tuple(_figures(row, changes, then.get(key)))
        yield Card(row, f"card-{number}", wording.is_known(report, row), changes, drawn)


def _figures(row: Row, changes: Mapping[str, Change], then: Row | None) -> Iterator[Figure]:
    curves = [limit for limit in row.limits if figures.has_curve(limit)]
    for chart in row.charts:  # recorded by the scenario for the reader
        yield Figure(chart.title, figures.chart(chart))
    for limit in curves:
        yield Figure(f"{limit.name}: {wording.limit_text(limit)}", figures.curve(limit, _earlier(then, limit)))
    if len(curves) < len(row.limits):
        yield Figure("figures without a curve", figures.bars(row, changes))
    elif not row.limits and not row.charts:
        yield Figure("runs executed and audited", figures.run_counts(row))


def _earlier(then: Row | None, limit: Limit) -> Limit | None:
    limits = then.limits if then else ()
    return next((known for known in limits if (known.name, known.unit) == (limit.name, limit.unit)), None)


def _forest(report: SessionReport, which: str) -> Figure | None:
    compared = report.comparison if which == "comparison" else report.versus
    if compared is None or not compared.changes:
        return None
    return Figure("cost now over cost before, with 95 % intervals", figures.forest(compared.changes))
