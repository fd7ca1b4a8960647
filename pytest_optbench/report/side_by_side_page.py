"""The page that puts several targets side by side: promises, limits and curves, a column or a line for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

from . import figures
from .drawing import SERIES
from .envelope import distinct_curves
from .side_by_side import LimitRow, Place, SideBySide
from .templating import Figure, render


@dataclass(frozen=True)
class PlaceCard:
    """One breaking point: plots with a line for each target, and the shares that some target does not have whole."""

    place: Place
    anchor: str
    figures: tuple[Figure, ...]
    shares: tuple[LimitRow, ...]


def to_html(found: SideBySide) -> str:
    """Return the whole page as text."""
    reference, *others = found.summaries()
    return render(
        "side_by_side.html.j2",
        found=found,
        verdict=found.verdict(),
        reference=reference,
        others=others,
        tone="bad" if any(one.tone == "bad" for one in others) else "",
        cards=[card for card in _cards(found) if card.figures or card.shares],
    )


def _cards(found: SideBySide) -> Iterator[PlaceCard]:
    for number, place in enumerate(found.places, start=1):
        rows = [row for row in found.limits if row.place == place]
        distinct = {view.limit.name for view in distinct_curves(row.first for row in rows)}
        plots = [_figure(row, found) for row in rows if row.name in distinct]
        shares = tuple(row for row in rows if row.first.display == "share" and row.is_broken)
        yield PlaceCard(place, f"card-{number}", tuple(plot for plot in plots if plot), shares)


def _figure(row: LimitRow, found: SideBySide) -> Figure | None:
    """Return the curves of a limit in one plot, each target in its colour, if one of them is worth a plot."""
    columns = zip(found.columns, row.views, cycle(SERIES), strict=False)
    views = [(column.label, view, colour) for column, view, colour in columns if view is not None]
    lines = [figures.Line(label, view.limit, colour) for label, view, colour in views if view.limit.curve]
    displays, first = {view.display for _, view, _ in views}, row.first
    if "curve" in displays and len(lines) > 1:
        plot = figures.curve(lines, first.meaning, first.row.calibration, zones=False)
    elif "ladder" in displays and len(lines) > 1:
        plot = figures.ladder(lines, first.meaning)
    else:
        return None
    return Figure(row.name, plot, "; ".join(f"{label}: {view.figure}" for label, view, _ in views))
