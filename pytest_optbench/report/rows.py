"""Shards and cases of one breaking point become one row of the summary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from .outcome import VERDICTS, BrokenPromise, Chart, ItemOutcome, Limit, Verdict


@dataclass(frozen=True)
class Row:
    """One breaking point at one intensity: the worst verdict of its items, and their sums.

    `parts` counts its items by their verdicts, `flaky` those that came to theirs in a rerun. `broken` has each broken
    promise of each part, and `repeats` the commands that repeat them, in the same order; `undecided` has the notes of
    parts that could not decide, each with its command; `notes` are those of all others.
    """

    point: str
    intensity: str
    verdict: Verdict
    items: int
    executed: int
    audited: int
    seconds: float
    broken: tuple[BrokenPromise, ...]
    limits: tuple[Limit, ...]
    notes: tuple[str, ...]
    repeats: tuple[str, ...] = ()
    undecided: tuple[tuple[str, str], ...] = ()
    parts: Mapping[Verdict, int] = field(default_factory=dict)
    flaky: int = 0
    charts: tuple[Chart, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    calibration: Mapping[str, float] = field(default_factory=dict)


def rows(outcomes: Iterable[ItemOutcome]) -> tuple[Row, ...]:
    """One row for each breaking point and intensity, in order of first appearance."""
    groups: dict[tuple[str, str], list[ItemOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.point, outcome.intensity), []).append(outcome)
    return tuple(_row(group) for group in groups.values())


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that a group of items gets: one break breaks it, and one unsure item makes it unsure."""
    return min(verdicts, key=VERDICTS.index)


def _row(group: Sequence[ItemOutcome]) -> Row:
    distinct = list(_distinct(group))
    return Row(
        point=group[0].point,
        intensity=group[0].intensity,
        verdict=worst(outcome.verdict for outcome in group),
        items=len(group),
        executed=sum(outcome.executed for outcome in group),
        audited=sum(outcome.audited for outcome in group),
        seconds=sum(outcome.seconds for outcome in group),
        broken=tuple(broken for broken, _ in distinct),
        limits=_limits(group),
        notes=tuple(dict.fromkeys(one.note for one in group if one.note and one.verdict != "inconclusive")),
        repeats=tuple(replay for _, replay in distinct),
        undecided=tuple(_undecided(group)),
        parts=Counter(outcome.verdict for outcome in group),
        flaky=sum(outcome.flaky for outcome in group),
        charts=_charts(group),
        measures={name: value for outcome in group for name, value in outcome.measures.items()},
        calibration=_medians([outcome.calibration for outcome in group]),
    )


def _distinct(group: Sequence[ItemOutcome]) -> Iterable[tuple[BrokenPromise, str]]:
    """The first witness of each break of a part, with the number of further ones over its shards."""
    alike: dict[tuple[str, str, str], list[tuple[BrokenPromise, ItemOutcome]]] = {}
    for outcome in group:
        for broken in outcome.broken:
            alike.setdefault((part_of(outcome), broken.id, broken.about), []).append((broken, outcome))
    for found in alike.values():
        first, outcome = found[0]
        yield replace(first, others=sum(1 + broken.others for broken, _ in found) - 1), outcome.replay


def _undecided(group: Sequence[ItemOutcome]) -> Iterable[tuple[str, str]]:
    """The note of each part that could not decide, and how to repeat it; shards of one note are one."""
    told: dict[tuple[str, str], str] = {}
    for outcome in group:
        if outcome.verdict == "inconclusive":
            told.setdefault((part_of(outcome), outcome.note), outcome.replay)
    yield from ((note, replay) for (_, note), replay in told.items())


def part_of(outcome: ItemOutcome) -> str:
    """A name that all shards of one part have in common, and no other part."""
    if outcome.shards == 1:
        return outcome.nodeid or outcome.case
    return re.sub(rf"-0*{outcome.shard + 1}of{outcome.shards}(?=[]-])", "", outcome.nodeid) or outcome.case


def _limits(group: Sequence[ItemOutcome]) -> tuple[Limit, ...]:
    """The weakest shard speaks for a limit: what one of them could not bear, the whole does not bear."""
    weakest: dict[str, Limit] = {}
    for limit in (limit for outcome in group for limit in outcome.limits):
        known = weakest.get(limit.name)
        if known is None or _weaker(limit, known):
            weakest[limit.name] = limit
    return tuple(weakest.values())


def _weaker(limit: Limit, known: Limit) -> bool:
    return limit.value < known.value if limit.better == "higher" else limit.value > known.value


def _charts(group: Sequence[ItemOutcome]) -> tuple[Chart, ...]:
    """Charts of one title are one chart with the lines of all; of lines with one label the first stays."""
    merged: dict[str, Chart] = {}
    for chart in (chart for outcome in group for chart in outcome.charts):
        known = merged.setdefault(chart.title, chart)
        merged[chart.title] = replace(known, lines={**chart.lines, **known.lines})
    return tuple(merged.values())


def _medians(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of every figure over the processes that took it."""
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: median(table[name] for table in tables if name in table) for name in names}


def unite(outcomes: Sequence[ItemOutcome]) -> ItemOutcome:
    """One outcome of an item that several workers ran, as under `--dist each`: the worst verdict, and the sums."""
    if len(outcomes) == 1:
        return outcomes[0]
    (row,) = rows(outcomes)
    first = next(outcome for outcome in outcomes if outcome.verdict == row.verdict)
    return replace(
        first,
        executed=row.executed,
        audited=row.audited,
        seconds=row.seconds,
        broken=row.broken,
        limits=row.limits,
        measures=row.measures,
        charts=row.charts,
        note="; ".join(dict.fromkeys(one.note for one in outcomes if one.note)),
        flaky=row.flaky > 0,
    )
