"""Rules of the gate: the changes of limits that fail a session.

    throughput:10%                     every limit of `throughput`: at most 10 % worse than before
    resume.resume_cost:1.3x            one limit: at most 1.3 times as bad as before
    resume.resume_cost:+20%            an improvement asserted: at least 20 % better than before
    stepped-metrics.logging_speed<1e5  fails where the figure is below (or above, >) a number, whatever it was before

A breaking point or limit may contain the wildcards of the shell; `*:25%` means all limits. In the name of a limit every
character other than a letter or digit can be written as an underscore.
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
from .wording import changes_by_limit

GRAMMAR = re.compile(
    r"(?P<point>[^.:<>]+)(\.(?P<limit>[^:<>]+))?"
    r"(:(?P<better>\+?)(?P<amount>[^%x]+)(?P<unit>[%x])|(?P<sign>[<>])(?P<bound>.+))"
)
EXAMPLES = (
    "throughput:10%, resume.resume_cost:1.3x, resume.resume_cost:+20% (must improve), stepped-metrics.logging_speed<1e5"
)

CUT = "its search was cut off, so its figure means at least: a longer --optbench-budget may settle it"


@dataclass(frozen=True)
class Rule:
    """One parsed expression; `kind` decides whether `number` is a factor of change or a bound of the figure."""

    text: str
    point: str
    limit: str
    kind: Literal["worse", "better", "below", "above"]
    number: float

    @property
    def relative(self) -> bool:
        """Whether the rule compares with an earlier figure."""
        return self.kind in ("worse", "better")

    def covers_point(self, point: str) -> bool:
        """Return whether this rule covers a breaking point."""
        return fnmatchcase(point, self.point)

    def covers(self, point: str, limit: str) -> bool:
        """Return whether this rule covers a limit of a breaking point."""
        return self.covers_point(point) and any(fnmatchcase(name, self.limit) for name in (limit, slug(limit)))


def parse(text: str) -> tuple[Rule, ...]:
    """Parse rules, separated by commas.

    Raises:
        InvalidInputError: an expression is outside the grammar; the message has examples.
    """
    return tuple(_rule(part.strip()) for part in text.split(","))


def slug(name: str) -> str:
    """Return the name of a limit as rules write it: characters other than letters and digits become underscores."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")


def evaluate(rules: Sequence[Rule], report: SessionReport, *, allow_missing: bool = False) -> Gate:
    """Evaluate a session: its breaks, compared with the baseline if there is one, and the limits that rules cover.

    Parts of the baseline that were not decided now are a failure, unless `allow_missing` permits them.
    """
    results = tuple(result for rule in rules for result in _evaluate_rule(rule, report))
    unjudged = dict.fromkeys(
        f"{change.point}.{change.limit} [{change.intensity}]" for rule in rules for change in _unjudgeable(rule, report)
    )
    return Gate(results, tuple(_failures(report, allow_missing=allow_missing)), tuple(unjudged))


def _failures(report: SessionReport, *, allow_missing: bool) -> Iterable[str]:
    if not any(outcome.verdict in DECIDED for outcome in report.outcomes):
        yield "nothing was measured: no scenario reached a verdict, so there is nothing to compare"
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
        yield f"the baseline {comparison.name} has none of these scenarios: save a baseline of a session that runs them"
    elif comparison.undecided and not allow_missing:
        yield (
            f"{len(comparison.undecided)} of {comparison.owed} parts that the baseline {comparison.name} decided were "
            "not decided now: run them, or narrow the session on purpose with --optbench-compare-allow-missing"
        )


def _evaluate_rule(rule: Rule, report: SessionReport) -> Iterable[RuleResult]:
    results = list(_relative_results(rule, report) if rule.relative else _bound_results(rule, rows(report.outcomes)))
    yield from results
    if not results:
        yield RuleResult(rule.text, "fail", _no_figure(rule, report))


def _relative_results(rule: Rule, report: SessionReport) -> Iterable[RuleResult]:
    for point, intensity, limit in report.comparison.lost if report.comparison and not report.versus else ():
        if rule.covers(point, limit):
            yield RuleResult(
                rule.text, "fail", f"{point}.{limit} [{intensity}] is in the baseline, and was not measured now"
            )
    unjudgeable = _unjudgeable(rule, report)
    for change in _changes(rule, report):
        if change not in unjudgeable:
            verdict, advice = (_improved if rule.kind == "better" else judge_change)(change, rule.number)
            yield RuleResult(rule.text, verdict, f"{format_change(change)}{'; ' if advice else ''}{advice}")


def _changes(rule: Rule, report: SessionReport) -> list[Change]:
    """Return the changes that a rule covers: those of an A/B, which are sharper, else those from the baseline."""
    if not rule.relative:
        return []
    return [change for change in changes_by_limit(report).values() if rule.covers(change.point, change.limit)]


def _unjudgeable(rule: Rule, report: SessionReport) -> list[Change]:
    """Return the changes that a rule covers among others but can never judge: one figure from a clock a session."""
    covered = _changes(rule, report)
    single = [change for change in covered if change.kind == "time" and max(change.samples) == 1]
    return single if len(single) < len(covered) else []


def judge_change(change: Change, worst: float) -> tuple[StatisticalVerdict, str]:
    """Judge the change of one limit: counts repeat and are compared directly; times need statistics.

    A count whose search was cut passes if it is not below the earlier figure; below it, nothing can be decided.
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
    """Return a change as text: `resume.cost [light] 12 -> 20 us, 1.67x worse (cost 1.50x to 1.80x)`."""
    worse = change.worse if change.worse >= 1 else 1 / change.worse
    word = "equal" if change.worse == 1 else f"{worse:.3g}x {'worse' if change.worse > 1 else 'better'}"
    inside = "" if change.low is None or change.high is None else f" (cost {change.low:.2f}x to {change.high:.2f}x)"
    figures = f"{change.before:.4g} -> {change.now:.4g} {change.unit}".rstrip()
    return f"{change.point}.{change.limit} [{change.intensity}] {figures}, {word}{inside}"


def _bound_results(rule: Rule, all_rows: Iterable[Row]) -> Iterable[RuleResult]:
    for row in all_rows:
        figures = {limit.name: limit.value for limit in row.limits}
        for name, value in {**row.measures, **figures}.items():
            if rule.covers(row.point, name):
                fails = value < rule.number if rule.kind == "below" else value > rule.number
                message = f"{row.point}.{name} [{row.intensity}] is {value:.6g}"
                yield RuleResult(rule.text, "fail" if fails else "pass", message)


def _no_figure(rule: Rule, report: SessionReport) -> str:
    """Return why a rule has no figure: a gate that measured nothing must not look like one that passed."""
    limits = [(row.point, limit.name) for row in rows(report.outcomes) for limit in row.limits]
    measured = [(row.point, name) for row in rows(report.outcomes) for name in row.measures]
    if any(rule.covers(*limit) for limit in limits):
        return "the limit was measured now but not before: save a baseline that has it"
    if any(rule.covers(*measure) for measure in measured):
        return "a measure is neither better nor worse: give a bound with < or >"
    names = sorted({f"{point}.{slug(name)}" for point, name in limits})
    return f"no such limit was measured; there are: {', '.join(names) or 'none'}"


def _rule(text: str) -> Rule:
    match = GRAMMAR.fullmatch(text)
    if match is None:
        raise InvalidInputError(f"{text!r} is not a rule: write rules such as {EXAMPLES}")
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
        raise InvalidInputError(f"{text!r}: {figure!r} is not a number: write rules such as {EXAMPLES}")
    return number
