"""Rules that can fail: whether a baseline has the samples for them, and how many to take now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_optbench.errors import InvalidInputError

from .document import SessionReport
from .gate import Rule, slug
from .outcome import Limit
from .rows import rows
from .statistics import samples_beside

Named = tuple[str, Limit]  # a limit with its name as rules write it


def check_rules(rules: Sequence[Rule], baseline: SessionReport, name: str) -> None:
    """Refuse a rule about change that a baseline could never let fail.

    Raises:
        InvalidInputError: the baseline lacks the limit, or has too few samples of it; the message says what would do.
    """
    for rule in rules:
        if rule.relative:
            _check(rule, baseline, name)


def samples_to_take(rules: Iterable[Rule], baseline: SessionReport) -> int:
    """How many samples decide every rule about change beside those that the baseline has; 0 where none asks."""
    fewest = [samples_beside(len(limit.samples)) for rule in rules for _, limit in _sampled(_named(rule, baseline))]
    return max((count for count in fewest if count is not None), default=0)


def _check(rule: Rule, baseline: SessionReport, name: str) -> None:
    asked = f"--optbench-compare-fail {rule.text}"
    again = f"save the baseline again with --optbench-save {name}, which takes enough"
    named = _named(rule, baseline)
    if not named:
        there = sorted({f"{row.point}.{slug(limit.name)}" for row in rows(baseline.outcomes) for limit in row.limits})
        raise InvalidInputError(f"{asked}: the baseline {name} has no such limit; it has {', '.join(there) or 'none'}")
    for limit, reached in _sampled(named):
        count = len(reached.samples)
        if samples_beside(count) is None:
            raise InvalidInputError(
                f"{asked}: the baseline has {count} samples of {limit}, too few for any rule: {again}"
            )
    if all(_is_lone(reached) for _, reached in named):
        limit = named[0][0]
        raise InvalidInputError(
            f"{asked}: the baseline has one figure of {limit} from a clock, and no samples, by which chance could be "
            f"told from change: {again} where the scenario has any, or give a bound ({limit}<... or {limit}>...)"
        )


def _named(rule: Rule, baseline: SessionReport) -> list[Named]:
    if not rule.relative:
        return []
    return [
        (f"{row.point}.{slug(limit.name)}", limit)
        for row in rows(baseline.outcomes)
        for limit in row.limits
        if rule.names(row.point, limit.name)
    ]


def _sampled(named: Iterable[Named]) -> list[Named]:
    """The limits from a clock that have samples: counts repeat and need none."""
    return [(name, limit) for name, limit in named if limit.kind == "time" and not _is_lone(limit)]


def _is_lone(limit: Limit) -> bool:
    return limit.kind == "time" and len(limit.samples) < 2
