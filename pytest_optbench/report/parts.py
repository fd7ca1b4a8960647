"""Parts that a baseline decided, and what became of them in this session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from .comparison import Lost
from .document import SessionReport
from .outcome import DECIDED, ItemOutcome

Part = tuple[str, str, str]  # breaking point, case, intensity


def parts(outcomes: Iterable[ItemOutcome]) -> dict[Part, list[ItemOutcome]]:
    """The outcomes of each part: of its shards, and of its repeats in a report of several sessions."""
    found: dict[Part, list[ItemOutcome]] = {}
    for outcome in outcomes:
        found.setdefault((outcome.point, outcome.case, outcome.intensity), []).append(outcome)
    return found


def is_decided(outcomes: Sequence[ItemOutcome]) -> bool:
    """Whether every outcome of a part came to a verdict."""
    return bool(outcomes) and all(outcome.verdict in DECIDED for outcome in outcomes)


def owed(now: SessionReport, baseline: SessionReport) -> dict[Part, list[ItemOutcome]]:
    """The parts that every session of the baseline decided, of the intensities that ran now."""
    asked = {outcome.intensity for outcome in now.outcomes}
    return {part: then for part, then in parts(baseline.outcomes).items() if part[2] in asked and is_decided(then)}


def unasked(now: SessionReport, baseline: SessionReport) -> Mapping[str, int]:
    """How many parts the baseline has of each intensity of which nothing ran now."""
    asked = {outcome.intensity for outcome in now.outcomes}
    return Counter(intensity for _, _, intensity in parts(baseline.outcomes) if intensity not in asked)


def lost(now: SessionReport, baseline: SessionReport) -> Iterable[Lost]:
    """Each limit that a part had in the baseline and has no more, or in another unit, though it was decided."""
    present = parts(now.outcomes)
    for part, then in owed(now, baseline).items():
        found = present.get(part, [])
        if is_decided(found):
            point, _, intensity = part
            yield from ((point, intensity, name) for name, _ in _limits(then) - _limits(found))


def _limits(outcomes: Iterable[ItemOutcome]) -> set[tuple[str, str]]:
    return {(limit.name, limit.unit) for outcome in outcomes for limit in outcome.limits}


def undecided(now: SessionReport, baseline: SessionReport) -> Iterable[str]:
    """Each part that is owed and that this session did not decide, and why."""
    present = parts(now.outcomes)
    for (point, case, intensity), then in owed(now, baseline).items():
        why = _why(then, present.get((point, case, intensity), []))
        if why:
            yield f"{point} [{intensity}] {case}: {why}"


def _why(then: Sequence[ItemOutcome], now: Sequence[ItemOutcome]) -> str:
    """What is missing of a part; empty where nothing is."""
    if not now:
        return "did not run"
    if not is_decided(now):
        return ", ".join(sorted({outcome.verdict for outcome in now} - DECIDED))
    shards = now[0].shards
    known = {outcome.shard for outcome in then} if then[0].shards == shards else set(range(shards))
    absent = len(known - {outcome.shard for outcome in now})
    return f"{absent} of {len(known)} shards did not run" if absent else ""
