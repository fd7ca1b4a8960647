"""Figures, counts and changes as text, the same in the terminal and in the HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap

from .comparison import Change, Comparison
from .document import SessionReport
from .outcome import VERDICTS, Limit, is_cut
from .rows import Row
from .statistics import ALPHA, StatisticalVerdict

Line = tuple[str, str | None]  # a line of the terminal, and its colour
LISTED = 10  # parts that are listed by name
WIDTH = 80  # columns of the terminal
FAR = 1e6  # a factor beyond which it is not said: one of the figures may be zero


def answer(rows: Sequence[Row]) -> str:
    """Return the result of the session in one sentence: the breaking points, and their parts where these are more."""
    if not rows:
        return "no scenario ran: nothing was measured"
    points, parts = Counter(str(row.verdict) for row in rows), Counter[str]()
    for row in rows:
        parts.update(row.parts)
    inside = "" if parts == points else f" ({count(parts.total(), 'part')}: {counted(parts)})"
    flaky = sum(row.flaky for row in rows)
    again = f"; {flaky} flaky" if flaky else ""
    runs = count(sum(row.executed for row in rows), "run")
    return f"{count(len(rows), 'breaking point')}: {counted(points)}{inside}{again}; {runs} executed"


def counted(verdicts: Mapping[str, int]) -> str:
    """Return how many there are of each verdict, the worst first."""
    numbers = ((verdict, verdicts.get(verdict, 0)) for verdict in VERDICTS)
    return ", ".join(f"{number} {_verb(verdict, number)}" for verdict, number in numbers if number)


def incomplete_answer(report: SessionReport) -> str | None:
    """Return one sentence about the parts that did not run, or None where the session is complete."""
    incomplete = report.incomplete
    if incomplete is None:
        return None
    missing = ""
    if incomplete.missing:
        missing = f"{len(incomplete.missing):,} of {count(incomplete.planned, 'part')} did not run"
    return f"incomplete session: {'; '.join(filter(None, (*incomplete.reasons, missing)))}"


def gate_answer(report: SessionReport) -> str | None:
    """Return the verdict of the gate in one sentence, or None where there is no gate."""
    gate = report.gate
    if gate is None:
        return None
    failures = len(gate.failures) + sum(rule.verdict == "fail" for rule in gate.rules)
    unsure = sum(rule.verdict == "inconclusive" for rule in gate.rules)
    against = f" against {report.comparison.name}" if report.comparison else ""
    counts = list(_gate_counts(report))
    if unsure:
        counts.append(f"{unsure} inconclusive")
    verdicts = {"pass": "passed", "fail": f"FAILED ({count(failures, 'reason')})", "inconclusive": "inconclusive"}
    return f"gate {verdicts[gate.verdict]}{against}{': ' if counts else ''}{', '.join(counts)}"


def unlike_answer(report: SessionReport) -> str | None:
    """Return a warning where the baseline was taken under other conditions, else None."""
    comparison = report.comparison
    if comparison is None or not comparison.unlike:
        return None
    return f"UNLIKE {comparison.name}, so figures are hard to compare: {'; '.join(comparison.unlike)}"


def compared_lines(comparison: Comparison) -> Iterable[tuple[str, StatisticalVerdict]]:
    """Yield the other results of a comparison, each line with its verdict: fixed, flaky, missing, not asked for."""
    yield f"baseline: {comparison.taken}", "pass"
    yield from ((f"fixed: {fixed}", "pass") for fixed in comparison.fixed)
    yield from ((f"comes and goes: {flaky}", "pass") for flaky in comparison.flaky)
    yield from ((f"not decided now: {part}", "inconclusive") for part in comparison.undecided[:LISTED])
    if len(comparison.undecided) > LISTED:
        yield f"and {count(len(comparison.undecided) - LISTED, 'more part')} not decided now", "inconclusive"
    if comparison.unasked:
        parts = ", ".join(f"{count(number, 'part')} {name}" for name, number in comparison.unasked.items())
        yield f"not asked for, and in the baseline: {parts}", "pass"


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
    """Return whether the baseline knows every break of a row."""
    if report.comparison is None or not row.broken:
        return False
    news = [*report.comparison.new, *(grown.broken for grown in report.comparison.grown)]
    return not any((broken.point, broken.intensity) == (row.point, row.intensity) for broken in news)


def changes_by_limit(report: SessionReport) -> dict[tuple[str, str, str], Change]:
    """Return the change of each limit by point, intensity and name; that of an A/B replaces that of the baseline."""
    against_baseline = report.comparison.changes if report.comparison else ()
    against_other_side = report.versus.changes if report.versus else ()
    changes = (*against_baseline, *against_other_side)
    return {(change.point, change.intensity, change.limit): change for change in changes}


def change_text(change: Change) -> str:
    """Return a change in up to three words; a time that did not change significantly has no clear change."""
    if change.open:
        return "as before" if change.before == change.now else "no clear change"
    if change.kind == "time" and not clear(change):
        return "no clear change"
    if change.worse == 1:
        return "as before"
    factor = change.worse if change.worse > 1 else 1 / change.worse
    if factor < 1.005:
        return "as before"
    direction = "worse" if change.worse > 1 else "better"
    return f"far {direction}" if factor > FAR else f"{factor:,.3g}x {direction}"


def clear(change: Change) -> bool:
    """Return whether a limit changed by more than chance and noise."""
    if change.open:
        return False
    if change.kind == "count":
        return change.worse != 1
    factor = max(change.worse, 1 / change.worse)
    inside = change.low is None or change.high is None or change.low <= 1 <= change.high
    return not inside and change.p < ALPHA and factor > change.noise


def figure(value: float) -> str:
    """Return a number as text: three digits, or all digits of a large one."""
    return f"{value:,.0f}" if 100 <= abs(value) < 1e15 else f"{value:.3g}"


def limit_text(limit: Limit) -> str:
    """Return value and unit of a limit; `~` marks a figure from a clock, `>=` one whose search was cut."""
    cut = is_cut(limit)
    signs = f"{'>= ' if cut else ''}{'~' if limit.kind == 'time' else ''}"
    why = " (time ended)" if cut and limit.stopped == "budget" else ""
    return f"{signs}{figure(limit.value)} {limit.unit}".rstrip() + why


def shown(text: str) -> str:
    """Return text in which characters that control a terminal or reverse a line are escaped."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless the number is one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _verb(verdict: str, number: int) -> str:
    return {"holds": "hold", "breaks": "break"}.get(verdict, verdict) if number != 1 else verdict


def wrapped(text: str) -> list[str]:
    """Return the lines of a text in the terminal."""
    return wrap(shown(text), WIDTH, subsequent_indent="  ", break_on_hyphens=False)
