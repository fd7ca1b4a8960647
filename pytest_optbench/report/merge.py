"""Shards and cases of one breaking point become one row of the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from .outcome import VERDICTS, Broken, Chart, Outcome, Reached, Verdict


@dataclass(frozen=True)
class Row:
    """One breaking point at one intensity: the worst verdict of its items, and their sums.

    `repeats` are the commands that repeat the breaks of `broken`, in their order; `replay` is that of the worst item.
    """

    point: str
    intensity: str
    verdict: Verdict
    items: int
    executed: int
    audited: int
    seconds: float
    broken: tuple[Broken, ...]
    limits: tuple[Reached, ...]
    notes: tuple[str, ...]
    replay: str
    repeats: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    calibration: Mapping[str, float] = field(default_factory=dict)


def rows(outcomes: Iterable[Outcome]) -> tuple[Row, ...]:
    """One row for each breaking point and intensity, in order of first appearance."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.point, outcome.intensity), []).append(outcome)
    return tuple(_row(group) for group in groups.values())


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that a group of items gets: one break breaks it, and one unsure item makes it unsure."""
    return min(verdicts, key=VERDICTS.index)


def _row(group: Sequence[Outcome]) -> Row:
    verdict = worst(outcome.verdict for outcome in group)
    distinct = list(_distinct(group))
    culprit = next(outcome for outcome in group if outcome.verdict == verdict)
    return Row(
        point=culprit.point,
        intensity=culprit.intensity,
        verdict=verdict,
        items=len(group),
        executed=sum(outcome.executed for outcome in group),
        audited=sum(outcome.audited for outcome in group),
        seconds=sum(outcome.seconds for outcome in group),
        broken=tuple(broken for broken, _ in distinct),
        limits=_limits(group),
        notes=tuple(dict.fromkeys(outcome.note for outcome in group if outcome.note)),
        replay=culprit.replay,
        repeats=tuple(replay for _, replay in distinct),
        charts=_charts(group),
        measures={name: value for outcome in group for name, value in outcome.measures.items()},
        calibration=_medians([outcome.calibration for outcome in group]),
    )


def _distinct(group: Sequence[Outcome]) -> Iterable[tuple[Broken, str]]:
    """The first witness of each break, with the number of further ones over all shards, and how to repeat it."""
    alike: dict[tuple[str, str], list[tuple[Broken, Outcome]]] = {}
    for outcome in group:
        for broken in outcome.broken:
            alike.setdefault((broken.promise, broken.about), []).append((broken, outcome))
    for found in alike.values():
        first, outcome = found[0]
        yield replace(first, others=sum(1 + broken.others for broken, _ in found) - 1), outcome.replay


def _limits(group: Sequence[Outcome]) -> tuple[Reached, ...]:
    """The weakest shard speaks for a limit: what one of them could not bear, the whole does not bear."""
    weakest: dict[str, Reached] = {}
    for limit in (limit for outcome in group for limit in outcome.limits):
        known = weakest.get(limit.name)
        if known is None or _weaker(limit, known):
            weakest[limit.name] = limit
    return tuple(weakest.values())


def _weaker(limit: Reached, known: Reached) -> bool:
    return limit.value < known.value if limit.better == "higher" else limit.value > known.value


def _charts(group: Sequence[Outcome]) -> tuple[Chart, ...]:
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
