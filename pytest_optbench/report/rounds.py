"""Figures of sessions that took turns: one level a round and side, compared limit by limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from .compare import change_of
from .comparison import Change
from .document import SessionReport
from .outcome import Limit
from .rows import Row, rows
from .statistics import noise_floor, paired_ratio

Key = tuple[str, str, str]


def changes_of(here: Sequence[SessionReport], there: Sequence[SessionReport]) -> Iterable[Change]:
    """How each limit differs here from there, by the rounds in which both sides measured it.

    Samples are in pairs, one of each side right after the other; a limit without samples is one of its round.
    """
    now, before = _by_limit(here), _by_limit(there)
    for key, taken in now.items():
        others = before.get(key, {})
        both = [number for number in taken if number in others]
        if both:
            pairs = [_paired(taken[number][1], others[number][1]) for number in both]
            limit, other = (_pooled([pair[side] for pair in pairs]) for side in (0, 1))
            row = taken[both[-1]][0]
            yield change_of(row, other, limit, _noise(other, limit), compared=paired_ratio)


def _noise(other: Limit, limit: Limit) -> float:
    """What equal runs differ by (A/A): the ratios of pairs in two halves, which nothing but chance tells apart."""
    if limit.kind == "count":
        return 1.0
    return noise_floor([one / two for one, two in zip(limit.samples, other.samples, strict=True) if one > 0 < two])


def _by_limit(reports: Iterable[SessionReport]) -> Mapping[Key, dict[int, tuple[Row, Limit]]]:
    """Each limit by the number of its round: rounds lack what was settled before, or what they could not decide."""
    found: dict[Key, dict[int, tuple[Row, Limit]]] = {}
    for number, report in enumerate(reports):
        for row in rows(report.outcomes):
            for limit in row.limits:
                found.setdefault((row.point, row.intensity, limit.name), {})[number] = (row, limit)
    return found


def _paired(one: Limit, other: Limit) -> tuple[Limit, Limit]:
    """Both with as many samples: those that have a partner, or else the figures themselves."""
    count = min(len(one.samples), len(other.samples))
    first, second = (side.samples[:count] or (side.value,) for side in (one, other))
    return replace(one, samples=first), replace(other, samples=second)


def _pooled(rounds: Sequence[Limit]) -> Limit:
    samples = tuple(sample for limit in rounds for sample in limit.samples)
    return replace(rounds[-1], value=median(samples), samples=samples)
