"""A limit over several sessions, and the steps of its level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .compare import YARDSTICK
from .document import SessionReport
from .outcome import Better, Kind, Limit, is_cut
from .rows import Row, rows
from .steps import Step, steps

EXACT = 0.002  # noise that figures from counts have at least, as a share: a step has to be a few times as large
CLOCK = 0.02  # the same for figures from a clock
FEWEST = 4  # sessions whose clocks can show a step
SMALLEST = 1.1  # factor between two levels of a clock that is worth a line


@dataclass(frozen=True)
class LimitSeries:
    """The values of a limit in each session, None where it was not measured, and its steps.

    The places of steps are those of sessions. Their levels are in the unit of the limit, those of clocks too.
    """

    point: str
    intensity: str
    name: str
    unit: str
    better: Better
    kind: Kind
    values: tuple[float | None, ...]
    cut: tuple[bool, ...]
    steps: tuple[Step, ...]

    def worsens(self, step: Step) -> bool:
        """Return whether the level after a step is the worse one."""
        return (step.after < step.before) == (self.better == "higher")


def limit_series(ordered: Sequence[SessionReport]) -> Iterator[LimitSeries]:
    """Yield each limit of the sessions, by breaking point, intensity, name and unit."""
    found = [
        {
            (row.point, row.intensity, limit.name, limit.unit): (row, limit)
            for row in rows(report.outcomes)
            for limit in row.limits
        }
        for report in ordered
    ]
    for key in dict.fromkeys(key for session in found for key in session):
        entries = [session.get(key) for session in found]
        limits = [entry[1] if entry else None for entry in entries]
        first = next(limit for limit in limits if limit)
        yield LimitSeries(
            *key,
            better=first.better,
            kind=first.kind,
            values=tuple(limit.value if limit else None for limit in limits),
            cut=tuple(limit is not None and is_cut(limit) for limit in limits),
            steps=tuple(_steps(entries, first)),
        )


def _steps(entries: Sequence[tuple[Row, Limit] | None], first: Limit) -> Iterator[Step]:
    """Yield the steps of a limit.

    A search that its time ended gives a figure that means "at least", which has no level. A figure from a clock is
    divided by the floor of its session; a step is one of that ratio which the figure itself has in the same direction.
    """
    known = [(place, *entry) for place, entry in enumerate(entries) if entry and not _ended_by_time(entry[1])]
    values = [limit.value for _, _, limit in known]
    floors = [row.calibration.get(YARDSTICK, 0.0) for _, row, _ in known]
    if len(values) < 2 or min(values) <= 0 or (first.kind == "time" and (len(values) < FEWEST or min(floors) <= 0)):
        return
    if first.kind == "count":
        found = steps(values, EXACT, repeats=True)
    else:
        found = steps([_ratio(*pair, first) for pair in zip(values, floors, strict=True)], CLOCK)
    bounds = [0, *(step.at for step in found), len(values)]
    levels = [median(values[start:end]) for start, end in pairwise(bounds)]
    for step, before, after in zip(found, levels, levels[1:], strict=False):
        if first.kind == "count" or _is_real(step, before, after):
            yield Step(known[step.at][0], before, after)


def _ratio(value: float, floor: float, limit: Limit) -> float:
    """Return a figure relative to the floor of its session: a rate times the time of the floor, a time over it."""
    return value * floor if limit.better == "higher" else value / floor


def _is_real(step: Step, before: float, after: float) -> bool:
    """Return whether both the ratio and the figure changed in one direction, by a factor that is worth a line."""
    factors = step.after / step.before, after / before
    return min(factors) > SMALLEST or max(factors) < 1 / SMALLEST


def _ended_by_time(limit: Limit) -> bool:
    return is_cut(limit) and limit.stopped == "budget"
