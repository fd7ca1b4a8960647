"""Several targets side by side: what each promise and each limit comes to, the first target being the reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .answer import Tone
from .break_views import BreakView, break_views
from .compare import changes
from .comparison import Change
from .conditions import different_conditions
from .document import SessionReport
from .envelope import LimitView, is_notable, limit_views
from .outcome import Verdict
from .parts import Part, parts
from .rows import Row, rows, worst
from .wording import count

Place = tuple[str, str]  # breaking point, intensity
ABOUT_THE_TARGET = ("target ", "generation ")  # conditions that differ on purpose


@dataclass(frozen=True)
class TargetColumn:
    """One session of the comparison: its label, its rows and breaks, and how its limits differ from the first's."""

    label: str
    report: SessionReport
    rows: Mapping[Place, Row]
    limits: Mapping[Place, tuple[LimitView, ...]]
    breaks: Mapping[tuple[Place, str], tuple[BreakView, ...]]
    parts: Mapping[Part, Verdict]
    unlike: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """What a promise comes to for one target: its breaks, or the verdict of the parts that broke for another.

    `verdict` is None where none of these parts ran.
    """

    verdict: Verdict | None
    breaks: tuple[BreakView, ...] = ()


@dataclass(frozen=True)
class PromiseRow:
    """A promise that some target breaks, with a cell for each target."""

    place: Place
    cells: tuple[Cell, ...]

    @property
    def first(self) -> BreakView:
        """The break of the first target that has one: all are of the same promise."""
        return next(view for cell in self.cells for view in cell.breaks)

    @property
    def is_different(self) -> bool:
        """Whether the targets differ."""
        return len({bool(cell.breaks) for cell in self.cells}) > 1


@dataclass(frozen=True)
class LimitRow:
    """A limit with its view for each target, None where it was not measured."""

    place: Place
    name: str
    views: tuple[LimitView | None, ...]

    @property
    def first(self) -> LimitView:
        """The view of the first target that has one."""
        return next(view for view in self.views if view is not None)

    @property
    def is_different(self) -> bool:
        """Whether a target is notably better or worse than the reference."""
        return any(view is not None and view.is_changed for view in self.views)

    @property
    def is_broken(self) -> bool:
        """Whether it breaks for some target."""
        return any(view is not None and view.is_broken for view in self.views)


@dataclass(frozen=True)
class Summary:
    """One target against the reference: promises that only one of them keeps, and limits that differ."""

    label: str
    breaks: int
    worse: tuple[PromiseRow, ...] = ()
    better: tuple[PromiseRow, ...] = ()
    worse_limits: tuple[Change, ...] = ()
    better_limits: tuple[Change, ...] = ()

    @property
    def tone(self) -> Tone:
        """The colour of the summary: what the reference keeps decides."""
        return "bad" if self.worse else "warn" if self.worse_limits else "good"


@dataclass(frozen=True)
class SideBySide:
    """The comparison as a whole."""

    columns: tuple[TargetColumn, ...]
    places: tuple[Place, ...]
    promises: tuple[PromiseRow, ...] = ()
    limits: tuple[LimitRow, ...] = ()

    def summaries(self) -> Iterator[Summary]:
        """Yield the summary of each target, the reference first."""
        for place, column in enumerate(self.columns):
            worse = [row for row in self.promises if row.cells[place].breaks and row.cells[0].verdict == "holds"]
            better = [row for row in self.promises if row.cells[0].breaks and row.cells[place].verdict == "holds"]
            moved = [view.change for views in column.limits.values() for view in views if view.change is not None]
            notable = sorted((one for one in moved if is_notable(one)), key=lambda one: -one.worse)
            yield Summary(
                column.label,
                len(column.breaks),
                tuple(worse),
                tuple(better),
                tuple(one for one in notable if one.worse > 1),
                tuple(one for one in reversed(notable) if one.worse < 1),
            )

    def verdict(self) -> str:
        """Return what each target comes to, in one sentence."""
        return "; ".join(f"{one.label} breaks {count(len(one.breaks), 'promise')}" for one in self.columns)


def side_by_side(reports: Sequence[tuple[Path, SessionReport]]) -> SideBySide:
    """Put several sessions side by side; the first is the reference that the others are compared with."""
    labels = _labels(reports)
    columns = tuple(_column(label, report, reports[0][1]) for label, (_, report) in zip(labels, reports, strict=True))
    places = tuple(dict.fromkeys(place for column in columns for place in column.rows))
    return SideBySide(columns, places, tuple(_promise_rows(columns, places)), tuple(_limit_rows(columns, places)))


def _labels(reports: Sequence[tuple[Path, SessionReport]]) -> list[str]:
    """Return the name and version of each target; those that are equal are told apart by their files."""
    names = [" ".join(filter(None, (report.target.get("name"), report.target.get("version")))) for _, report in reports]
    return [
        name if name and names.count(name) == 1 else f"{name} ({path.stem})".strip()
        for name, (path, _) in zip(names, reports, strict=True)
    ]


def _column(label: str, report: SessionReport, reference: SessionReport) -> TargetColumn:
    moved = () if report is reference else tuple(changes(report, reference))
    own = {(row.point, row.intensity): row for row in rows(report.outcomes)}
    by_place = {place: {one.limit: one for one in moved if (one.point, one.intensity) == place} for place in own}
    unlike = different_conditions(report, reference)
    return TargetColumn(
        label,
        report,
        own,
        {place: limit_views(row, by_place[place]) for place, row in own.items()},
        _breaks(report),
        {part: worst(one.verdict for one in outcomes) for part, outcomes in parts(report.outcomes).items()},
        tuple(one for one in unlike if not one.startswith(ABOUT_THE_TARGET)),
    )


def _breaks(report: SessionReport) -> Mapping[tuple[Place, str], tuple[BreakView, ...]]:
    """Return the breaks of each promise, those of all its parts."""
    found: dict[tuple[Place, str], tuple[BreakView, ...]] = {}
    for view in break_views(report):
        key = (view.key.point, view.key.intensity), view.key.id
        found[key] = (*found.get(key, ()), view, *view.also)
    return found


def _promise_rows(columns: Sequence[TargetColumn], places: Sequence[Place]) -> Iterator[PromiseRow]:
    for place in places:
        for name in dict.fromkeys(name for column in columns for where, name in column.breaks if where == place):
            cases = {view.key.case for column in columns for view in column.breaks.get((place, name), ())}
            cells = tuple(_cell(column, place, name, cases) for column in columns)
            yield PromiseRow(place, cells)


def _cell(column: TargetColumn, place: Place, name: str, cases: Iterable[str]) -> Cell:
    """Return what a promise comes to for a target: where it does not break, its parts say whether they could tell."""
    if (place, name) in column.breaks:
        return Cell("breaks", column.breaks[place, name])
    verdicts = [column.parts[part] for case in cases if (part := (place[0], case, place[1])) in column.parts]
    kept: list[Verdict] = ["holds" if verdict in ("breaks", "measured") else verdict for verdict in verdicts]
    return Cell(worst(kept) if kept else None)


def _limit_rows(columns: Sequence[TargetColumn], places: Sequence[Place]) -> Iterator[LimitRow]:
    for place in places:
        measured = [column.limits.get(place, ()) for column in columns]
        tables = [{(view.limit.name, view.limit.unit): view for view in views} for views in measured]
        for key in dict.fromkeys(key for table in tables for key in table):
            yield LimitRow(place, key[0], tuple(table.get(key) for table in tables))
