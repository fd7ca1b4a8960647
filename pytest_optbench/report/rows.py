"""Summarise the shards and cases of one breaking point as one row."""

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

    `parts` counts its items by their verdicts, `flaky` those that got theirs in a rerun. `broken` has each broken
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
    """Return one row for each breaking point and intensity, in order of first appearance."""
    groups: dict[tuple[str, str], list[ItemOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.point, outcome.intensity), []).append(outcome)
    return tuple(_row(group) for group in groups.values())


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of a group of items: the worst of theirs."""
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
        notes=tuple(dict.fromkeys(item.note for item in group if item.note and item.verdict != "inconclusive")),
        repeats=tuple(replay for _, replay in distinct),
        undecided=tuple(_undecided(group)),
        parts=Counter(outcome.verdict for outcome in group),
        flaky=sum(outcome.flaky for outcome in group),
        charts=_charts(group),
        measures={name: value for outcome in group for name, value in outcome.measures.items()},
        calibration=_medians([outcome.calibration for outcome in group]),
    )


def _distinct(group: Sequence[ItemOutcome]) -> Iterable[tuple[BrokenPromise, str]]:
    """Yield the first witness of each break of a part, with the number of others over its shards."""
    witnesses: dict[tuple[str, str, str], list[tuple[BrokenPromise, ItemOutcome]]] = {}
    for outcome in group:
        for broken in outcome.broken:
            witnesses.setdefault((part_of(outcome), broken.id, broken.about), []).append((broken, outcome))
    for same in witnesses.values():
        first, outcome = same[0]
        yield replace(first, others=sum(1 + broken.others for broken, _ in same) - 1), outcome.replay


def _undecided(group: Sequence[ItemOutcome]) -> Iterable[tuple[str, str]]:
    """Yield the note and the repeat command of each part that could not decide, once for shards with the same note."""
    commands: dict[tuple[str, str], str] = {}
    for outcome in group:
        if outcome.verdict == "inconclusive":
            commands.setdefault((part_of(outcome), outcome.note), outcome.replay)
    yield from ((note, replay) for (_, note), replay in commands.items())


def part_of(outcome: ItemOutcome) -> str:
    """Return a name that all shards of one part have in common, and no other part."""
    if outcome.shards == 1:
        return outcome.nodeid or outcome.case
    return re.sub(rf"-0*{outcome.shard + 1}of{outcome.shards}(?=[]-])", "", outcome.nodeid) or outcome.case


def _limits(group: Sequence[ItemOutcome]) -> tuple[Limit, ...]:
    """Return the limits of the weakest shards: a load that breaks one shard breaks the whole."""
    weakest: dict[str, Limit] = {}
    for limit in (limit for outcome in group for limit in outcome.limits):
        known = weakest.get(limit.name)
        if known is None or _weaker(limit, known):
            weakest[limit.name] = limit
    return tuple(weakest.values())


def _weaker(limit: Limit, known: Limit) -> bool:
    return limit.value < known.value if limit.better == "higher" else limit.value > known.value


def _charts(group: Sequence[ItemOutcome]) -> tuple[Chart, ...]:
    """Merge charts with the same title; of lines with the same label the first stays."""
    merged: dict[str, Chart] = {}
    for chart in (chart for outcome in group for chart in outcome.charts):
        known = merged.setdefault(chart.title, chart)
        merged[chart.title] = replace(known, lines={**chart.lines, **known.lines})
    return tuple(merged.values())


def _medians(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of every figure over the processes that took it."""
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: median(table[name] for table in tables if name in table) for name in names}


def merge_outcomes(outcomes: Sequence[ItemOutcome]) -> ItemOutcome:
    """Merge the outcomes of an item that several workers ran (`--dist each`): the worst verdict, and the sums."""
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
        note="; ".join(dict.fromkeys(outcome.note for outcome in outcomes if outcome.note)),
        flaky=row.flaky > 0,
    )
