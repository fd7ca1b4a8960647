"""Sessions in order: which breaks came, went, or come and go, and where limits stepped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal

from pytest_optbench.errors import InvalidInputError

from .breaks import count_breaks
from .comparison import BreakKey
from .conditions import different_conditions
from .document import SessionReport
from .limit_series import LimitSeries, limit_series
from .outcome import ItemOutcome, Verdict
from .parts import Part, is_examined, parts
from .rows import worst

Course = Literal["came", "went", "comes and goes", "always"]


@dataclass(frozen=True)
class BreakCourse:
    """A break over the sessions: whether it was there, None where its part was not decided.

    `changes` are the places of the sessions at which it came or went.
    """

    key: BreakKey
    there: tuple[bool | None, ...]
    course: Course
    changes: tuple[int, ...]


@dataclass(frozen=True)
class PartCourse:
    """The verdict of a part in each session, None where it did not run, and how many promises it broke there."""

    part: Part
    verdicts: tuple[Verdict | None, ...]
    broken: tuple[int, ...]

    @property
    def changed(self) -> bool:
        """Whether it has more than one verdict, or breaks another number of promises."""
        ran = {(verdict, count) for verdict, count in zip(self.verdicts, self.broken, strict=True) if verdict}
        return len(ran) > 1


@dataclass(frozen=True)
class Trend:
    """The sessions in order, and the course of each part, break and limit through them.

    `unlike` has the places of sessions that ran under other conditions than the one before, and these conditions.
    """

    sessions: tuple[SessionReport, ...]
    by_commit: bool
    parts: tuple[PartCourse, ...]
    breaks: tuple[BreakCourse, ...]
    limits: tuple[LimitSeries, ...]
    unlike: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def trend(reports: Sequence[SessionReport]) -> Trend:
    """Order the sessions of one target and follow what is in them.

    They are in the order of their commits where every session has the time of its own, else of their start.

    Raises:
        InvalidInputError: there are fewer than two reports, or they are of different targets.
    """
    if len(reports) < 2:
        raise InvalidInputError(f"a trend needs two reports or more, and there is {len(reports)}")
    names = sorted({report.target.get("name", "unknown") for report in reports})
    if len(names) > 1:
        raise InvalidInputError(f"these reports are of different targets: {', '.join(names)}; give those of one target")
    by_commit = all(report.target.get("committed") for report in reports)
    ordered = tuple(sorted(reports, key=lambda report: _moment(report, by_commit=by_commit)))
    groups = [parts(report.outcomes) for report in ordered]
    neighbours = pairwise(ordered)
    differences = {place: different_conditions(now, before) for place, (before, now) in enumerate(neighbours, start=1)}
    return Trend(
        sessions=ordered,
        by_commit=by_commit,
        parts=tuple(_part_courses(groups)),
        breaks=tuple(_break_courses(ordered, groups)),
        limits=tuple(limit_series(ordered)),
        unlike={place: found for place, found in differences.items() if found},
    )


def _moment(report: SessionReport, *, by_commit: bool) -> tuple[datetime, str]:
    text = report.target["committed"] if by_commit else report.started
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC), report.started
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC), report.started


def _part_courses(groups: Sequence[Mapping[Part, Sequence[ItemOutcome]]]) -> Iterator[PartCourse]:
    for part in dict.fromkeys(part for group in groups for part in group):
        outcomes = [group.get(part, ()) for group in groups]
        yield PartCourse(
            part,
            tuple(worst(outcome.verdict for outcome in found) if found else None for found in outcomes),
            tuple(len(count_breaks(found)) for found in outcomes),
        )


def _break_courses(
    ordered: Sequence[SessionReport], groups: Sequence[Mapping[Part, Sequence[ItemOutcome]]]
) -> Iterator[BreakCourse]:
    counts = [count_breaks(report.outcomes) for report in ordered]
    commits = [report.target.get("commit", "") for report in ordered]
    for key in dict.fromkeys(key for found in counts for key in found):
        part = (key.point, key.case, key.intensity)
        there = tuple(
            True if key in found else False if is_examined(group.get(part, ())) else None
            for found, group in zip(counts, groups, strict=True)
        )
        changes = _changes(there)
        yield BreakCourse(key, there, _course(there, changes, commits), changes)


def _changes(there: Sequence[bool | None]) -> tuple[int, ...]:
    """Return the places whose state differs from the one before; undecided sessions are passed over."""
    known = [(place, state) for place, state in enumerate(there) if state is not None]
    return tuple(place for (_, before), (place, now) in pairwise(known) if before != now)


def _course(there: Sequence[bool | None], changes: Sequence[int], commits: Sequence[str]) -> Course:
    """Return whether a break came or went, which is that of its last change, or comes and goes.

    It comes and goes where two sessions of one commit disagree, or where a state between two changes lasted for one
    session only.
    """
    if not changes:
        return "always"
    known = [(place, state) for place, state in enumerate(there) if state is not None]
    same_commit = {commits[place]: set[bool]() for place, _ in known if commits[place]}
    for place, state in known:
        same_commit.get(commits[place], set()).add(state)
    places = [place for place, _ in known]
    lasted = [places.index(after) - places.index(before) for before, after in pairwise(changes)]
    if any(len(states) > 1 for states in same_commit.values()) or 1 in lasted:
        return "comes and goes"
    return "came" if there[changes[-1]] else "went"
