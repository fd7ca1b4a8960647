"""This session against an earlier one: which breaks are known, new or fixed, and which limits moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from .breaks import Known, known_breaks
from .comparison import BreakKey, Change, Comparison, Grown
from .conditions import describe, unlike
from .document import SessionReport
from .outcome import ItemOutcome, Limit, is_cut
from .parts import Part, is_decided, lost, owed, parts, unasked, undecided
from .rows import Row, rows
from .statistics import Ratio, noise_floor, ratio, spread_of

YARDSTICK = "payload_us"  # the floor that speeds are a ratio to: bytes serialized and written with no runner around
OFF_SCALE = 1e9  # a factor that stands for "out of all proportion": JSON knows no infinity
Comparer = Callable[[Sequence[float], Sequence[float]], Ratio]


def compare(now: SessionReport, baseline: SessionReport, name: str) -> Comparison:
    """Compare case by case for breaks, and row by row (all shards of a point and intensity) for limits."""
    before, after = known_breaks(baseline.outcomes), known_breaks(now.outcomes)
    present, owed_now = parts(now.outcomes), owed(now, baseline)
    grown = {broken for broken, found in after.items() if broken in before and found.most > before[broken].expected}
    gone = [broken for broken in before if broken not in after and _is_judged(present, broken)]
    return Comparison(
        name=name,
        taken=describe(baseline),
        unlike=unlike(now, baseline),
        known=tuple(broken for broken in after if broken in before and broken not in grown),
        new=tuple(broken for broken in after if broken not in before),
        grown=tuple(Grown(broken, before[broken].most, after[broken].most) for broken in after if broken in grown),
        fixed=tuple(broken for broken in gone if not before[broken].is_flaky),
        flaky=tuple(_told(broken, before[broken]) for broken in gone if before[broken].is_flaky),
        owed=len(owed_now),
        undecided=tuple(undecided(now, baseline)),
        absent=sum(part not in present for part in owed_now),
        unasked=dict(unasked(now, baseline)),
        lost=tuple(sorted(lost(now, baseline))),
        overlap=len(parts(baseline.outcomes).keys() & present.keys()),
        changes=tuple(changes(now, baseline)),
    )


def _told(broken: BreakKey, known: Known) -> str:
    return f"{broken} (in {known.seen} of {len(known.counts)} sessions of the baseline)"


def _is_judged(present: Mapping[Part, Sequence[ItemOutcome]], broken: BreakKey) -> bool:
    """A break is gone where its case ran again and every shard of it could be judged."""
    return is_decided(present.get((broken.point, broken.case, broken.intensity), ()))


def changes(now: SessionReport, baseline: SessionReport) -> Iterable[Change]:
    """How every limit that both sessions measured in the same unit moved."""
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
    """How one limit moved; `factor` corrects the present costs for a machine that was faster or slower then."""
    costs_before, costs_now = _costs(before), [cost * factor for cost in _costs(now)]
    told = (row.point, row.intensity, now.name, now.unit, now.better, now.kind, before.value, now.value)
    counts = len(costs_before), len(costs_now)
    if _open(before, now):
        return Change(*told, worse=1.0, samples=counts, open=True)
    if not all(0 < cost < math.inf for cost in costs_before + costs_now):
        return Change(*told, worse=_plain_ratio(before, now), samples=counts)
    moved = compared(costs_before, costs_now)
    low, high = (moved.low, moved.high) if moved.high < math.inf else (None, None)
    return Change(*told, moved.value, low, high, moved.p, noise, counts)


def _open(before: Limit, now: Limit) -> bool:
    """Whether better or worse cannot be told: a search that was cut says no more than "at least"."""
    at_least = {(True, True): True, (True, False): now.value >= before.value, (False, True): now.value <= before.value}
    return at_least.get((is_cut(before), is_cut(now)), False)


def _change(before: tuple[Row, Limit], now: tuple[Row, Limit], repeats: Sequence[float], *, alike: bool) -> Change:
    """A speed is compared as measured and as a ratio to the calibration; on the same machine the milder one counts.

    A calibration is a measurement too: a neighbour that slowed it alone must not look like a regression, and one that
    slowed everything neither.
    """
    (row_then, then), (row, limit) = before, now
    noise = max(noise_floor(then.samples), noise_floor(limit.samples), _spread(repeats))
    if limit.kind == "count":
        return change_of(row, then, limit, 1.0)
    scale = _scale(row_then, row)
    options = [change_of(row, then, limit, noise, factor) for factor in ({1.0, scale} if alike else {scale})]
    return min(options, key=lambda change: change.worse)


def _scale(then: Row, now: Row) -> float:
    """How much faster the machine's floor was before than it is now; 1 where one of the two was not taken."""
    before, after = then.calibration.get(YARDSTICK, 0.0), now.calibration.get(YARDSTICK, 0.0)
    return before / after if before > 0 and after > 0 else 1.0


def _costs(limit: Limit) -> list[float]:
    """What a unit costs: a rate is turned over, so that more always means worse."""
    values = limit.samples if len(limit.samples) > 1 else (limit.value,)
    return [value if limit.better == "lower" else 1 / value if value else math.inf for value in values]


def _plain_ratio(before: Limit, now: Limit) -> float:
    """The factor where a value is zero or less: no ratio can be taken, only better, equal or worse be told."""
    if before.value == now.value:
        return 1.0
    worse = (now.value < before.value) == (now.better == "higher")
    return OFF_SCALE if worse else 1 / OFF_SCALE


def _limit_of(row: Row, limit: Limit) -> Limit | None:
    return next((one for one in row.limits if (one.name, one.unit) == (limit.name, limit.unit)), None)


def _repeats(outcomes: Iterable[ItemOutcome], row: Row, limit: Limit) -> list[float]:
    """The level of the limit in each session that the baseline was merged from, where one item repeats (A/A)."""
    levels: dict[tuple[str, int], list[float]] = {}
    for outcome in outcomes:
        if (outcome.point, outcome.intensity) == (row.point, row.intensity):
            found = [median(_costs(one)) for one in outcome.limits if one.name == limit.name]
            levels.setdefault((outcome.case, outcome.shard), []).extend(found)
    return max(levels.values(), key=_spread, default=[])


def _spread(levels: Sequence[float]) -> float:
    """The spread of levels that are above zero; others have none."""
    return spread_of(levels) if levels and min(levels) > 0 else 1.0
