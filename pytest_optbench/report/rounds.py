"""Figures of an A/B comparison, whose two sides take turns: one level for each round and side."""

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
    """Yield the change of each limit from there to here, by the rounds in which both sides measured it.

    Samples are pairs, taken right after each other by the two sides; a limit without samples counts as one per round.
    """
    now, before = _by_limit(here), _by_limit(there)
    for key, rounds in now.items():
        other_rounds = before.get(key, {})
        both = [number for number in rounds if number in other_rounds]
        if both:
            pairs = [_paired(rounds[number][1], other_rounds[number][1]) for number in both]
            limit, other = (_pooled([pair[side] for pair in pairs]) for side in (0, 1))
            row = rounds[both[-1]][0]
            yield change_of(row, other, limit, _noise(other, limit), compared=paired_ratio)


def _noise(other: Limit, limit: Limit) -> float:
    """Return the factor between equal runs (A/A): that of two halves of the pairs, which differ by chance alone."""
    if limit.kind == "count":
        return 1.0
    return noise_floor([one / two for one, two in zip(limit.samples, other.samples, strict=True) if one > 0 < two])


def _by_limit(reports: Iterable[SessionReport]) -> Mapping[Key, dict[int, tuple[Row, Limit]]]:
    """Return each limit by the number of its round: a round lacks limits that were settled or could not be decided."""
    found: dict[Key, dict[int, tuple[Row, Limit]]] = {}
    for number, report in enumerate(reports):
        for row in rows(report.outcomes):
            for limit in row.limits:
                found.setdefault((row.point, row.intensity, limit.name), {})[number] = (row, limit)
    return found


def _paired(one: Limit, other: Limit) -> tuple[Limit, Limit]:
    """Return both limits with equally many samples: those that have a partner, or else the figures themselves."""
    count = min(len(one.samples), len(other.samples))
    first, second = (side.samples[:count] or (side.value,) for side in (one, other))
    return replace(one, samples=first), replace(other, samples=second)


def _pooled(rounds: Sequence[Limit]) -> Limit:
    samples = tuple(sample for limit in rounds for sample in limit.samples)
    return replace(rounds[-1], value=median(samples), samples=samples)
