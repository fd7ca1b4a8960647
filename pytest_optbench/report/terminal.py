"""The terminal summary at 80 columns: the answer, then a row for each breaking point with its telling limit.

A green session fits on one screen; with `verbose` each row has all limits, and what is behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from . import forecast_lines
from .document import SessionReport
from .gate import format_change
from .outcome import Verdict
from .rows import Row, rows
from .telling import changed, telling_limit, telling_text
from .wording import (
    WIDTH,
    Line,
    answer,
    change_text,
    changes_by_limit,
    compared_lines,
    count,
    gate_answer,
    incomplete_answer,
    is_known,
    limit_text,
    shown,
    unlike_answer,
    wrapped,
)

NAME, VALUE = 38, 24  # columns of the whole table; the change has the rest
VERDICT = 19  # column of the short table; the telling limit has the rest
COLOURS: Mapping[Verdict, str] = {
    "holds": "green",
    "breaks": "red",
    "inconclusive": "yellow",
    "measured": "cyan",
    "not applicable": "light",
}
GATE_COLOURS: Mapping[str, str] = {"pass": "green", "fail": "red", "inconclusive": "yellow"}


def lines(report: SessionReport, *, verbose: bool = False) -> Iterator[Line]:
    """Yield the lines of the summary, each with the name of its colour or None."""
    all_rows = rows(report.outcomes)
    if report.forecast is not None:
        yield from forecast_lines.lines(report.forecast)
        if not all_rows:
            return
    yield from ((text, "yellow") for text in wrapped(incomplete_answer(report) or ""))
    yield from ((text, None) for text in wrapped(answer(all_rows)))
    yield from _gate_lines(report, verbose=verbose)
    if not all_rows:
        return
    yield "", None
    yield from (_all_limits if verbose else _telling_limits)(report, all_rows)
    if report.versus:
        yield from _versus_lines(report)


def left_out_line(left_out: Mapping[str, int]) -> str | None:
    """Return a line that counts the items of intensities that were not asked for, and says how to ask for them."""
    counts = [f"{count} {intensity}" for intensity, count in left_out.items() if count]
    if not counts:
        return None
    example = next(intensity for intensity, count in left_out.items() if count)
    return f"left out: {', '.join(counts)} (ask with -m {example})"


def _gate_lines(report: SessionReport, *, verbose: bool) -> Iterator[Line]:
    if report.gate is None:
        return
    if unlike := unlike_answer(report):
        yield from ((text, "yellow") for text in wrap(shown(unlike), WIDTH, subsequent_indent="  "))
    yield gate_answer(report) or "", GATE_COLOURS[report.gate.verdict]
    for failure in report.gate.failures:
        yield from ((text, "red") for text in _indented(failure))
    for rule in report.gate.rules:
        if rule.verdict != "pass" or verbose:
            yield from ((text, GATE_COLOURS[rule.verdict]) for text in _indented(f"{rule.rule}: {rule.message}"))
    if report.gate.unjudged:
        names = ", ".join(report.gate.unjudged)
        yield from (
            (text, "yellow") for text in _indented(f"not judged: {names} (one figure from a clock: give a bound)")
        )
    for line, verdict in compared_lines(report.comparison) if report.comparison else ():
        yield from ((text, GATE_COLOURS[verdict]) for text in _indented(line))


def _telling_limits(report: SessionReport, all_rows: Sequence[Row]) -> Iterator[Line]:
    """Yield a line for each row, with other limits only where they clearly changed."""
    changes = changes_by_limit(report)
    width = max(len(_name(row)) for row in all_rows) + 2
    room = WIDTH - width - VERDICT
    width = max(width, len("breaking point") + 2)
    yield f"{'breaking point':<{width}}{'verdict':<{VERDICT}}a limit (all of them with -v)", None
    for row in all_rows:
        known = is_known(report, row)
        line = f"{_name(row):<{width}}{_verdict(row, known=known):<{VERDICT - 1}} {telling_text(row, changes, room)}"
        yield line, _colour(row, known=known)
        telling = telling_limit(row, changes)
        for limit in row.limits:
            change = changed(row, limit, changes)
            if change is not None and limit != telling:
                text = f"{shown(limit.name)}: {shown(limit_text(limit))}, {change_text(change)}"
                yield from ((part, None) for part in _indented(text))
        yield from _explanations(row, known=known)


def _all_limits(report: SessionReport, all_rows: Sequence[Row]) -> Iterator[Line]:
    """Yield each row with all of its limits, their changes, and the details behind them."""
    compared = report.comparison or report.versus
    changes = changes_by_limit(report)
    yield f"{'breaking point, limit':<{NAME}}{'verdict, value':<{VALUE}}{'change' if compared else ''}".rstrip(), None
    for row in all_rows:
        known = is_known(report, row)
        runs = count(row.executed, "run")
        yield f"{_name(row):<{NAME}}{_verdict(row, known=known):<{VALUE}}{runs}", _colour(row, known=known)
        for limit in row.limits:
            change = changes.get((row.point, row.intensity, limit.name))
            words = change_text(change) if change else "new" if compared else ""
            yield from ((text, None) for text in _limit_lines(shown(limit.name), shown(limit_text(limit)), words))
        yield from _explanations(row, known=known)
        yield from _details(row)


def _name(row: Row) -> str:
    return f"{row.point} [{row.intensity}]"


def _verdict(row: Row, *, known: bool) -> str:
    others = {"measured": row.parts.get("measured", 0) if row.verdict == "holds" else 0, "flaky": row.flaky}
    verdict = ", ".join([row.verdict, *(f"{number} {state}" for state, number in others.items() if number)])
    return verdict + (" (known)" if known else "")


def _colour(row: Row, *, known: bool) -> str:
    return "yellow" if known or (row.flaky and row.verdict != "breaks") else COLOURS[row.verdict]


def _explanations(row: Row, *, known: bool) -> Iterator[Line]:
    """Yield what a reader must know of a row: its breaks, what could not decide, and why something did not hold."""
    yield from _break_lines(row, known=known)
    for note, repeat in row.undecided:
        yield from ((text, None) for text in _indented(note))
        if repeat:
            yield f"    repeat: {repeat}", None
    if row.verdict != "holds" or row.flaky:
        yield from ((text, None) for note in row.notes for text in _indented(note))


def _limit_lines(name: str, value: str, change_words: str) -> Iterator[str]:
    """Yield name, value and change in their columns; a long name has a line of its own."""
    if len(name) > NAME - 3:
        yield f"  {name[: WIDTH - 2]}"
        name = ""
    yield f"  {name:<{NAME - 2}}{value:<{VALUE - 1}} {change_words}".rstrip()


def _details(row: Row) -> Iterator[Line]:
    yield f"    {row.items} items, {row.audited:,} runs audited, {row.seconds:.2f} s of driving", None
    for limit in row.limits:
        for load, value, held in limit.curve:
            yield f"    {limit.name}: load {load:,.6g}: {value:.6g}, {'held' if held else 'broke'}", None
        if limit.stopped:
            yield f"    {limit.name}: stopped by {limit.stopped}", None
    for name, value in row.measures.items():
        yield f"    {name}: {value:,.6g}", None
    if row.calibration:
        floor = ", ".join(f"{name} {value:,.4g}" for name, value in row.calibration.items())
        yield from ((text, None) for text in _indented(f"calibration: {floor}"))


def _versus_lines(report: SessionReport) -> Iterator[Line]:
    versus = report.versus
    assert versus is not None, "called only where there is one"
    yield "", None
    yield f"{count(versus.rounds, 'round')} in turn with", None
    yield from ((text, None) for text in _indented(versus.target))
    for part in versus.unmeasured:
        yield from ((text, None) for text in _indented(f"without a ratio: {part}"))
    for change in versus.changes:
        yield from (
            (text, None) for text in wrap(format_change(change), WIDTH, initial_indent="  ", subsequent_indent="    ")
        )


def _break_lines(row: Row, *, known: bool) -> Iterator[Line]:
    """Yield each break with its witness, and after the last break of a part the command that repeats it."""
    for number, broken in enumerate(row.broken):
        more = f" (and {broken.others:,} more)" if broken.others else ""
        yield from ((text, None) for text in _indented(f"{broken.id}: {broken.promise}"))
        yield from ((text, None) for text in _indented(f"{broken.message}{more}", deeper=2))
        repeat, following = row.repeats[number], row.repeats[number + 1 : number + 2]
        if repeat and not known and following != (repeat,):
            yield f"    repeat: {repeat}", None


def _indented(text: str, deeper: int = 0) -> list[str]:
    first = " " * (4 + deeper)
    return wrap(shown(text), WIDTH, initial_indent=first, subsequent_indent=f"{first}  ", break_on_hyphens=False)
