"""Rules of the gate: which change of which limit fails a session.

    throughput:10%               every limit of `throughput`: at most 10 % worse than before
    resume.resume_cost:1.3x      one limit: at most 1.3 times as bad as before
    resume.resume_cost:+20%      an improvement asserted: at least 20 % better than before
    stepped-metrics.speed<1e5    fails where the figure is below (or above, >) a number, whatever it was before

A breaking point or limit may hold the wildcards of the shell; `*:25%` means all limits. In the name of a limit every
sign that is no letter or digit can be written as an underscore.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from pytest_optbench.errors import InvalidInputError

from .breaks import known_breaks
from .comparison import Change, Comparison, Gate, RuleResult
from .document import SessionReport
from .outcome import DECIDED
from .rows import Row, rows
from .statistics import Ratio, StatisticalVerdict, judge

GRAMMAR = re.compile(
    r"(?P<point>[^.:<>]+)(\.(?P<limit>[^:<>]+))?"
    r"(:(?P<better>\+?)(?P<amount>[^%x]+)(?P<unit>[%x])|(?P<sign>[<>])(?P<bound>.+))"
)
EXAMPLES = "throughput:10%, resume.resume_cost:1.3x, resume.resume_cost:+20% (must improve), stepped-metrics.speed<1e5"

CUT = "its search was cut off, so that its figure is no more than the least: a longer --optbench-budget may settle it"


@dataclass(frozen=True)
class Rule:
    """One expression, read: `kind` says how `number` is meant, a factor of change or a bound of the figure."""

    text: str
    point: str
    limit: str
    kind: Literal["worse", "better", "below", "above"]
    number: float

    @property
    def relative(self) -> bool:
        """Whether it takes figures from before to judge it."""
        return self.kind in ("worse", "better")

    def is_about(self, point: str) -> bool:
        """Whether this rule is about a breaking point."""
        return fnmatchcase(point, self.point)

    def names(self, point: str, limit: str) -> bool:
        """Whether this rule is about a limit of a breaking point."""
        return self.is_about(point) and any(fnmatchcase(name, self.limit) for name in (limit, slug(limit)))


def parse(text: str) -> tuple[Rule, ...]:
    """Read rules, separated by commas.

    Raises:
        InvalidInputError: an expression outside the grammar, with examples.
    """
    return tuple(_rule(part.strip()) for part in text.split(","))


def slug(name: str) -> str:
    """The name of a limit as it is written in rules: signs become underscores."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")


def evaluate(rules: Sequence[Rule], report: SessionReport, *, allow_missing: bool = False) -> Gate:
    """Hold a session against its rules: its verdicts where it has a baseline, its limits where rules name them.

    Parts of the baseline that were not decided now are a failure, unless `allow_missing` says that they are not meant
    to be.
    """
    judged = tuple(one for rule in rules for one in _judge(rule, report))
    unjudged = dict.fromkeys(
        f"{one.point}.{one.limit} [{one.intensity}]" for rule in rules for one in _lone(rule, report)
    )
    return Gate(judged, tuple(_failures(report, allow_missing=allow_missing)), tuple(unjudged))


def _failures(report: SessionReport, *, allow_missing: bool) -> Iterable[str]:
    if not any(outcome.verdict in DECIDED for outcome in report.outcomes):
        yield "nothing was measured: no scenario came to a verdict, so there is nothing to compare"
        return
    yield from (report.versus.problems if report.versus else ())
    if report.comparison is None:
        yield from (f"broken: {broken}" for broken in known_breaks(report.outcomes))
    else:
        yield from _compared(report.comparison, allow_missing=allow_missing)


def _compared(comparison: Comparison, *, allow_missing: bool) -> Iterable[str]:
    yield from (f"newly broken: {broken}" for broken in comparison.new)
    yield from (f"broken further: {grown}" for grown in comparison.grown)
    if comparison.overlap == 0:
        yield f"the baseline {comparison.name} knows none of these scenarios: save one that ran them"
    elif comparison.undecided and not allow_missing:
        yield (
            f"{len(comparison.undecided)} of {comparison.owed} parts that the baseline {comparison.name} decided were "
            "not decided now: run them, or narrow the session on purpose with --optbench-compare-allow-missing"
        )


def _judge(rule: Rule, report: SessionReport) -> Iterable[RuleResult]:
    found = list(_relative(rule, report) if rule.relative else _absolute(rule, rows(report.outcomes)))
    yield from found
    if not found:
        yield RuleResult(rule.text, "fail", _nothing(rule, report))


def _relative(rule: Rule, report: SessionReport) -> Iterable[RuleResult]:
    for point, intensity, limit in report.comparison.lost if report.comparison and not report.versus else ():
        if rule.names(point, limit):
            yield RuleResult(
                rule.text, "fail", f"{point}.{limit} [{intensity}] is in the baseline, and was not measured now"
            )
    lone = _lone(rule, report)
    for change in _changes(rule, report):
        if change not in lone:
            verdict, advice = (_improved if rule.kind == "better" else judge_change)(change, rule.number)
            yield RuleResult(rule.text, verdict, f"{format_change(change)}{'; ' if advice else ''}{advice}")


def _changes(rule: Rule, report: SessionReport) -> list[Change]:
    """What a rule about change names: by turns where there is an A/B, the sharper one, else against the baseline."""
    if not rule.relative:
        return []
    by_turns = report.versus.changes if report.versus else ()
    earlier = report.comparison.changes if report.comparison else ()
    found = {(one.point, one.intensity, one.limit): one for one in (*earlier, *by_turns)}
    return [change for change in found.values() if rule.names(change.point, change.limit)]


def _lone(rule: Rule, report: SessionReport) -> list[Change]:
    """The changes that a rule names beside others and that it can never judge: one figure from a clock a session."""
    named = _changes(rule, report)
    lone = [change for change in named if change.kind == "time" and max(change.samples) == 1]
    return lone if len(lone) < len(named) else []


def judge_change(change: Change, worst: float) -> tuple[StatisticalVerdict, str]:
    """Judge one limit: counts repeat, so that they are compared as they are; times need statistics.

    A count whose search was cut passes where it reached the figure before; below that, nothing can be told.
    """
    if change.kind == "count" and change.open:
        return ("pass", "") if change.now >= change.before else ("inconclusive", CUT)
    if change.kind == "count":
        return ("fail" if change.worse > worst else "pass"), ""
    return judge(_ratio(change), worst, change.noise)


def _improved(change: Change, by: float) -> tuple[StatisticalVerdict, str]:
    if change.kind == "count" and change.open:
        return "inconclusive", f"an improvement was asked for: {CUT}"
    if change.kind == "count":
        return ("pass" if change.worse <= 1 / by else "fail"), "an improvement was asked for"
    better = _ratio(change)
    if better.high <= 1 / by:
        return "pass", ""
    asked = "an improvement was asked for"
    return ("fail", asked) if better.low > 1 / by else ("inconclusive", f"{asked}: more rounds would settle it")


def _ratio(change: Change) -> Ratio:
    low = 0.0 if change.low is None else change.low
    high = math.inf if change.high is None else change.high
    return Ratio(change.worse, low, high, change.p, min(change.samples))


def format_change(change: Change) -> str:
    """A change in words: `resume.cost [light] 12 us -> 20 us, 1.67x worse (1.5x to 1.8x)`."""
    worse = change.worse if change.worse >= 1 else 1 / change.worse
    word = "equal" if change.worse == 1 else f"{worse:.3g}x {'worse' if change.worse > 1 else 'better'}"
    inside = "" if change.low is None or change.high is None else f" (cost {change.low:.2f}x to {change.high:.2f}x)"
    figures = f"{change.before:.4g} -> {change.now:.4g} {change.unit}".rstrip()
    return f"{change.point}.{change.limit} [{change.intensity}] {figures}, {word}{inside}"


def _absolute(rule: Rule, found: Iterable[Row]) -> Iterable[RuleResult]:
    for row in found:
        figures = {limit.name: limit.value for limit in row.limits}
        for name, value in {**row.measures, **figures}.items():
            if rule.names(row.point, name):
                fails = value < rule.number if rule.kind == "below" else value > rule.number
                message = f"{row.point}.{name} [{row.intensity}] is {value:.6g}"
                yield RuleResult(rule.text, "fail" if fails else "pass", message)


def _nothing(rule: Rule, report: SessionReport) -> str:
    """Why a rule found no figure: a gate that measured nothing must not look like one that was passed."""
    limits = [(row.point, limit.name) for row in rows(report.outcomes) for limit in row.limits]
    measured = [(row.point, name) for row in rows(report.outcomes) for name in row.measures]
    if any(rule.names(*one) for one in limits):
        return "the limit was measured now and not before: save a baseline that has it"
    if any(rule.names(*one) for one in measured):
        return "a measure has no better or worse: give it a bound with < or >"
    names = sorted({f"{point}.{slug(name)}" for point, name in limits})
    return f"no such limit was measured; there are: {', '.join(names) or 'none'}"


def _rule(text: str) -> Rule:
    match = GRAMMAR.fullmatch(text)
    if match is None:
        raise InvalidInputError(f"{text!r} is no rule: write it as {EXAMPLES}")
    point, limit = match["point"].strip(), (match["limit"] or "*").strip()
    if match["sign"]:
        return Rule(text, point, limit, "below" if match["sign"] == "<" else "above", _number(text, match["bound"]))
    amount = _number(text, match["amount"])
    factor = amount if match["unit"] == "x" else 1 + amount / 100
    if factor < 1 or (match["better"] and factor == 1):
        raise InvalidInputError(f"{text!r}: a change is at least 0% or 1x, an improvement above it: {EXAMPLES}")
    return Rule(text, point, limit, "better" if match["better"] else "worse", factor)


def _number(text: str, figure: str) -> float:
    try:
        number = float(figure)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInputError(f"{text!r}: {figure!r} is no number: write it as {EXAMPLES}")
    return number
