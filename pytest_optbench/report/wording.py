"""Figures, counts and changes in words, the same in the terminal and in the HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from .comparison import Change, Comparison
from .document import SessionReport
from .outcome import VERDICTS, Limit, is_cut
from .rows import Row
from .statistics import ALPHA, StatisticalVerdict

LISTED = 10  # parts that are listed by name


def answer(found: Sequence[Row]) -> str:
    """One sentence that says how the session ended: the breaking points, and their parts where these are more."""
    if not found:
        return "no scenario ran: nothing was measured"
    points, parts = Counter(str(row.verdict) for row in found), Counter[str]()
    for row in found:
        parts.update(row.parts)
    inside = "" if parts == points else f" ({count(parts.total(), 'part')}: {counted(parts)})"
    flaky = sum(row.flaky for row in found)
    again = f"; {flaky} flaky" if flaky else ""
    runs = count(sum(row.executed for row in found), "run")
    return f"{count(len(found), 'breaking point')}: {counted(points)}{inside}{again}; {runs} executed"


def counted(verdicts: Mapping[str, int]) -> str:
    """How many there are of each verdict, the worst first."""
    told = ((verdict, verdicts.get(verdict, 0)) for verdict in VERDICTS)
    return ", ".join(f"{number} {_verb(verdict, number)}" for verdict, number in told if number)


def incomplete_answer(report: SessionReport) -> str | None:
    """One sentence that says what did not run, where a session is incomplete."""
    told = report.incomplete
    if told is None:
        return None
    missing = f"{len(told.missing):,} of {count(told.planned, 'part')} did not run" if told.missing else ""
    return f"incomplete session: {'; '.join(filter(None, (*told.reasons, missing)))}"


def gate_answer(report: SessionReport) -> str | None:
    """One sentence that says what the gate says, where there is one."""
    gate = report.gate
    if gate is None:
        return None
    failures = len(gate.failures) + sum(rule.verdict == "fail" for rule in gate.rules)
    unsure = sum(rule.verdict == "inconclusive" for rule in gate.rules)
    against = f" against {report.comparison.name}" if report.comparison else ""
    told = list(_gate_counts(report))
    if unsure:
        told.append(f"{unsure} inconclusive")
    said = {"pass": "passed", "fail": f"FAILED ({count(failures, 'reason')})", "inconclusive": "inconclusive"}
    return f"gate {said[gate.verdict]}{against}{': ' if told else ''}{', '.join(told)}"


def unlike_answer(report: SessionReport) -> str | None:
    """One sentence that warns where the baseline was taken under other conditions."""
    comparison = report.comparison
    if comparison is None or not comparison.unlike:
        return None
    return f"UNLIKE {comparison.name}, so that figures are hard to compare: {'; '.join(comparison.unlike)}"


def compared_lines(comparison: Comparison) -> Iterable[tuple[str, StatisticalVerdict]]:
    """What else a comparison says, each line with how good it is: what is fixed, gone for now, missing, not asked."""
    yield f"baseline: {comparison.taken}", "pass"
    yield from ((f"fixed: {fixed}", "pass") for fixed in comparison.fixed)
    yield from ((f"comes and goes: {flaky}", "pass") for flaky in comparison.flaky)
    yield from ((f"not decided now: {part}", "inconclusive") for part in comparison.undecided[:LISTED])
    if len(comparison.undecided) > LISTED:
        yield f"and {len(comparison.undecided) - LISTED:,} more that were not decided now", "inconclusive"
    if comparison.unasked:
        told = ", ".join(f"{count(number, 'part')} {name}" for name, number in comparison.unasked.items())
        yield f"not asked for, and in the baseline: {told}", "pass"


def _gate_counts(report: SessionReport) -> Iterable[str]:
    comparison = report.comparison
    if comparison is not None:
        yield count(len(comparison.known), "known break")
        if comparison.new:
            yield f"{len(comparison.new)} new"
        if comparison.grown:
            yield f"{len(comparison.grown)} grew"
        if comparison.fixed:
            yield f"{len(comparison.fixed)} fixed"
    if report.gate and report.gate.rules:
        yield f"{sum(rule.verdict == 'pass' for rule in report.gate.rules)} of {len(report.gate.rules)} rules hold"


def is_known(report: SessionReport, row: Row) -> bool:
    """Whether the baseline knows every break of a row."""
    if report.comparison is None or not row.broken:
        return False
    news = [*report.comparison.new, *(grown.broken for grown in report.comparison.grown)]
    return not any((broken.point, broken.intensity) == (row.point, row.intensity) for broken in news)


def changes_by_limit(report: SessionReport) -> dict[tuple[str, str, str], Change]:
    """The change of each limit by point, intensity and name; measured by turns where that was done."""
    changes = (*(report.comparison.changes if report.comparison else ()),)
    by_turns = (*(report.versus.changes if report.versus else ()),)
    return {(one.point, one.intensity, one.limit): one for one in (*changes, *by_turns)}


def change_text(change: Change) -> str:
    """A change in three words; a time whose samples do not tell a change says so."""
    if change.open:
        return "as before" if change.before == change.now else "no clear change"
    if change.kind == "time" and not clear(change):
        return "no clear change"
    if change.worse == 1:
        return "as before"
    factor = change.worse if change.worse > 1 else 1 / change.worse
    if factor < 1.005:
        return "as before"
    return f"{factor:,.3g}x {'worse' if change.worse > 1 else 'better'}"


def clear(change: Change) -> bool:
    """Whether a limit moved by more than chance and noise."""
    if change.open:
        return False
    if change.kind == "count":
        return change.worse != 1
    factor = max(change.worse, 1 / change.worse)
    inside = change.low is None or change.high is None or change.low <= 1 <= change.high
    return not inside and change.p < ALPHA and factor > change.noise


def figure(value: float) -> str:
    """A number as people read it: three digits, or all of a large one."""
    return f"{value:,.0f}" if 100 <= abs(value) < 1e15 else f"{value:.3g}"


def limit_text(limit: Limit) -> str:
    """Value and unit of a limit; a figure from a clock is marked as about, one whose search was cut as at least."""
    cut = is_cut(limit)
    signs = f"{'>= ' if cut else ''}{'~' if limit.kind == 'time' else ''}"
    why = " (time ended)" if cut and limit.stopped == "budget" else ""
    return f"{signs}{figure(limit.value)} {limit.unit}".rstrip() + why


def shown(text: str) -> str:
    """Text from anywhere as a reader may see it: what controls a terminal or turns lines around is spelled out."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def count(number: int, noun: str) -> str:
    """A number with its noun, in the plural where there are more."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _verb(verdict: str, number: int) -> str:
    return {"holds": "hold", "breaks": "break"}.get(verdict, verdict) if number != 1 else verdict
