"""Check that rules can fail: a baseline has enough samples for them, and the session takes enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_optbench.errors import InvalidInputError

from .document import SessionReport
from .gate import Rule, slug
from .outcome import Limit
from .rows import rows
from .statistics import samples_needed

NamedLimit = tuple[str, Limit]  # the name of a limit as rules write it, and the limit


def check_rules(rules: Sequence[Rule], baseline: SessionReport, name: str) -> None:
    """Refuse a rule about change that could never fail with this baseline.

    Raises:
        InvalidInputError: the baseline lacks the limit, or has too few samples of it; the message says what to do.
    """
    for rule in rules:
        if rule.relative:
            _check(rule, baseline, name)


def samples_to_take(rules: Iterable[Rule], baseline: SessionReport) -> int:
    """Return the number of samples that decides every rule about change with this baseline; 0 without such a rule."""
    needed = [samples_needed(len(limit.samples)) for rule in rules for _, limit in _sampled(_covered(rule, baseline))]
    return max((count for count in needed if count is not None), default=0)


def _check(rule: Rule, baseline: SessionReport, name: str) -> None:
    option = f"--optbench-compare-fail {rule.text}"
    save_again = f"save the baseline again with --optbench-save {name}, which takes enough"
    named = _covered(rule, baseline)
    if not named:
        available = sorted(
            {f"{row.point}.{slug(limit.name)}" for row in rows(baseline.outcomes) for limit in row.limits}
        )
        raise InvalidInputError(
            f"{option}: the baseline {name} has no such limit; it has {', '.join(available) or 'none'}"
        )
    for name_of_limit, limit in _sampled(named):
        count = len(limit.samples)
        if samples_needed(count) is None:
            raise InvalidInputError(
                f"{option}: the baseline has {count} samples of {name_of_limit}, too few for any rule: {save_again}"
            )
    if all(_is_single_figure(limit) for _, limit in named):
        first_name = named[0][0]
        raise InvalidInputError(
            f"{option}: the baseline has one figure of {first_name} from a clock, and no samples that show chance: "
            f"{save_again} where the scenario has samples, or give a bound ({first_name}<... or {first_name}>...)"
        )


def _covered(rule: Rule, baseline: SessionReport) -> list[NamedLimit]:
    if not rule.relative:
        return []
    return [
        (f"{row.point}.{slug(limit.name)}", limit)
        for row in rows(baseline.outcomes)
        for limit in row.limits
        if rule.covers(row.point, limit.name)
    ]


def _sampled(named: Iterable[NamedLimit]) -> list[NamedLimit]:
    """Return the limits from a clock that have samples; counts repeat, so they need none."""
    return [(name, limit) for name, limit in named if limit.kind == "time" and not _is_single_figure(limit)]


def _is_single_figure(limit: Limit) -> bool:
    return limit.kind == "time" and len(limit.samples) < 2
