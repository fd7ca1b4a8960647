"""The parts that a baseline decided, and their state in this session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from .breaks import is_cut_short
from .comparison import Lost
from .document import SessionReport
from .outcome import DECIDED, ItemOutcome

Part = tuple[str, str, str]  # breaking point, case, intensity


def parts(outcomes: Iterable[ItemOutcome]) -> dict[Part, list[ItemOutcome]]:
    """Group outcomes by part: those of its shards, and of its repeats in a report of several sessions."""
    groups: dict[Part, list[ItemOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault(part_key(outcome), []).append(outcome)
    return groups


def part_key(outcome: ItemOutcome) -> Part:
    """Return the part that an outcome is of."""
    return outcome.point, outcome.case, outcome.intensity


def is_decided(outcomes: Sequence[ItemOutcome]) -> bool:
    """Return whether every outcome of a part has a verdict that decides."""
    return bool(outcomes) and all(outcome.verdict in DECIDED for outcome in outcomes)


def is_examined(outcomes: Sequence[ItemOutcome]) -> bool:
    """Return whether every outcome of a part has a verdict that decides, and none ended before its last check."""
    return is_decided(outcomes) and not any(map(is_cut_short, outcomes))


def owed(now: SessionReport, baseline: SessionReport) -> dict[Part, list[ItemOutcome]]:
    """Return the parts that every session of the baseline decided, of the intensities that ran now."""
    asked = {outcome.intensity for outcome in now.outcomes}
    return {part: then for part, then in parts(baseline.outcomes).items() if part[2] in asked and is_decided(then)}


def unasked(now: SessionReport, baseline: SessionReport) -> Mapping[str, int]:
    """Count the parts of the baseline of each intensity of which nothing ran now."""
    asked = {outcome.intensity for outcome in now.outcomes}
    return Counter(intensity for _, _, intensity in parts(baseline.outcomes) if intensity not in asked)


def lost(now: SessionReport, baseline: SessionReport) -> Iterable[Lost]:
    """Yield each limit of the baseline that its part lacks now, or has in another unit, though it was decided."""
    present = parts(now.outcomes)
    for part, then in owed(now, baseline).items():
        outcomes = present.get(part, [])
        if is_decided(outcomes):
            point, _, intensity = part
            yield from ((point, intensity, name) for name, _ in _limits(then) - _limits(outcomes))


def _limits(outcomes: Iterable[ItemOutcome]) -> set[tuple[str, str]]:
    return {(limit.name, limit.unit) for outcome in outcomes for limit in outcome.limits}


def undecided(now: SessionReport, baseline: SessionReport) -> Iterable[str]:
    """Yield each part that is owed and that this session did not decide, with the reason."""
    present = parts(now.outcomes)
    for (point, case, intensity), then in owed(now, baseline).items():
        reason = _reason(then, present.get((point, case, intensity), []))
        if reason:
            yield f"{point} [{intensity}] {case}: {reason}"


def _reason(then: Sequence[ItemOutcome], now: Sequence[ItemOutcome]) -> str:
    """Return why a part counts as undecided; empty where it is decided."""
    if not now:
        return "did not run"
    if not is_decided(now):
        return ", ".join(sorted({outcome.verdict for outcome in now} - DECIDED))
    shards = now[0].shards
    known = {outcome.shard for outcome in then} if then[0].shards == shards else set(range(shards))
    absent = len(known - {outcome.shard for outcome in now})
    return f"{absent} of {len(known)} shards did not run" if absent else ""
