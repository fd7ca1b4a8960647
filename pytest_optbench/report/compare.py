"""Compare a session with an earlier one: known, new and fixed breaks, and the limits that changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from .breaks import KnownBreak, known_breaks
from .comparison import BreakKey, Change, Comparison, Grown
from .conditions import describe_conditions, different_conditions
from .document import SessionReport
from .outcome import ItemOutcome, Limit, is_cut
from .parts import Part, is_decided, lost, owed, parts, unasked, undecided
from .rows import Row, rows
from .statistics import Ratio, noise_floor, ratio, spread_of

YARDSTICK = "payload_us"  # the floor that speeds are divided by: bytes serialized and written without a runner
OFF_SCALE = 1e9  # stands for an infinite factor, which JSON cannot hold
Comparer = Callable[[Sequence[float], Sequence[float]], Ratio]


def compare(now: SessionReport, baseline: SessionReport, name: str) -> Comparison:
    """Compare two sessions: breaks case by case, limits row by row (all shards of a point and intensity)."""
    before, after = known_breaks(baseline.outcomes), known_breaks(now.outcomes)
    present, owed_now = parts(now.outcomes), owed(now, baseline)
    grown = {key for key, known in after.items() if key in before and known.most > before[key].expected_at_most}
    gone = [key for key in before if key not in after and _is_judged(present, key)]
    return Comparison(
        name=name,
        taken=describe_conditions(baseline),
        unlike=different_conditions(now, baseline),
        known=tuple(key for key in after if key in before and key not in grown),
        new=tuple(key for key in after if key not in before),
        grown=tuple(Grown(key, before[key].most, after[key].most) for key in after if key in grown),
        fixed=tuple(key for key in gone if not before[key].is_flaky),
        flaky=tuple(_flaky_message(key, before[key]) for key in gone if before[key].is_flaky),
        owed=len(owed_now),
        undecided=tuple(undecided(now, baseline)),
        absent=sum(part not in present for part in owed_now),
        unasked=dict(unasked(now, baseline)),
        lost=tuple(sorted(lost(now, baseline))),
        overlap=len(parts(baseline.outcomes).keys() & present.keys()),
        changes=tuple(changes(now, baseline)),
    )


def _flaky_message(key: BreakKey, known: KnownBreak) -> str:
    return f"{key} (in {known.seen} of {len(known.counts)} sessions of the baseline)"


def _is_judged(present: Mapping[Part, Sequence[ItemOutcome]], key: BreakKey) -> bool:
    """Return whether the case of a break ran again and every shard of it was decided: only then is a break gone."""
    return is_decided(present.get((key.point, key.case, key.intensity), ()))


def changes(now: SessionReport, baseline: SessionReport) -> Iterable[Change]:
    """Yield the change of every limit that both sessions measured in the same unit."""
    then = {(row.point, row.intensity): row for row in rows(baseline.outcomes)}
    alike = now.machine == baseline.machine
    for row in rows(now.outcomes):
        known = then.get((row.point, row.intensity))
        for limit in row.limits:
            before = _limit_of(known, limit) if known else None
            if known and before:
                yield _change((known, before), (row, limit), _repeats(baseline.outcomes, row, limit), alike=alike)


def change_of(
    row: Row, before: Limit, now: Limit, noise: float, factor: float = 1.0, compared: Comparer = ratio
) -> Change:
    """Return the change of one limit; `factor` corrects present costs for a machine that was faster or slower then."""
    costs_before, costs_now = _costs(before), [cost * factor for cost in _costs(now)]
    fields = (row.point, row.intensity, now.name, now.unit, now.better, now.kind, before.value, now.value)
    counts = len(costs_before), len(costs_now)
    if _open(before, now):
        return Change(*fields, worse=1.0, samples=counts, open=True)
    if not all(0 < cost < math.inf for cost in costs_before + costs_now):
        return Change(*fields, worse=_plain_ratio(before, now), samples=counts)
    change = compared(costs_before, costs_now)
    low, high = (change.low, change.high) if change.high < math.inf else (None, None)
    return Change(*fields, change.value, low, high, change.p, noise, counts)


def _open(before: Limit, now: Limit) -> bool:
    """Return whether better or worse cannot be decided: the figure of a search that was cut means "at least"."""
    at_least = {(True, True): True, (True, False): now.value >= before.value, (False, True): now.value <= before.value}
    return at_least.get((is_cut(before), is_cut(now)), False)


def _change(before: tuple[Row, Limit], now: tuple[Row, Limit], repeats: Sequence[float], *, alike: bool) -> Change:
    """Compare a speed as measured and as a ratio to the calibration; on the same machine the milder one counts.

    A calibration is a measurement too: another process that slowed it alone must not look like a regression, nor one
    that slowed everything.
    """
    (row_then, then), (row, limit) = before, now
    noise = max(noise_floor(then.samples), noise_floor(limit.samples), _spread(repeats))
    if limit.kind == "count":
        return change_of(row, then, limit, 1.0)
    scale = _scale(row_then, row)
    options = [change_of(row, then, limit, noise, factor) for factor in ({1.0, scale} if alike else {scale})]
    return min(options, key=lambda change: change.worse)


def _scale(then: Row, now: Row) -> float:
    """Return how many times faster the machine's floor was before than now; 1 where one of the two is missing."""
    before, after = then.calibration.get(YARDSTICK, 0.0), now.calibration.get(YARDSTICK, 0.0)
    return before / after if before > 0 and after > 0 else 1.0


def _costs(limit: Limit) -> list[float]:
    """Return the costs of a unit: a rate is inverted, so that more always means worse."""
    values = limit.samples if len(limit.samples) > 1 else (limit.value,)
    return [value if limit.better == "lower" else 1 / value if value else math.inf for value in values]


def _plain_ratio(before: Limit, now: Limit) -> float:
    """Return a factor for values of zero or less: they have no ratio, only better, equal or worse."""
    if before.value == now.value:
        return 1.0
    worse = (now.value < before.value) == (now.better == "higher")
    return OFF_SCALE if worse else 1 / OFF_SCALE


def _limit_of(row: Row, limit: Limit) -> Limit | None:
    return next((known for known in row.limits if (known.name, known.unit) == (limit.name, limit.unit)), None)


def _repeats(outcomes: Iterable[ItemOutcome], row: Row, limit: Limit) -> list[float]:
    """Return the level of the limit in each session that the baseline was merged from, where an item repeats (A/A)."""
    levels: dict[tuple[str, int], list[float]] = {}
    for outcome in outcomes:
        if (outcome.point, outcome.intensity) == (row.point, row.intensity):
            medians = [median(_costs(known)) for known in outcome.limits if known.name == limit.name]
            levels.setdefault((outcome.case, outcome.shard), []).extend(medians)
    return max(levels.values(), key=_spread, default=[])


def _spread(levels: Sequence[float]) -> float:
    """Return the spread of levels above zero, 1 for others."""
    return spread_of(levels) if levels and min(levels) > 0 else 1.0
