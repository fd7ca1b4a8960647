"""The terminal summary: the answer first, then a row a breaking point, at 80 columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from .merge import Row, rows
from .outcome import VERDICTS, Broken, Reached, Verdict

WIDTH = 80
COLOURS: Mapping[Verdict, str] = {
    "holds": "green",
    "breaks": "red",
    "inconclusive": "yellow",
    "not applicable": "light",
}
Line = tuple[str, str | None]


def answer(found: Sequence[Row]) -> str:
    """One sentence that says how the session ended."""
    if not found:
        return "no scenario ran: nothing was measured"
    counts = Counter(row.verdict for row in found)
    told = ", ".join(
        f"{counts[verdict]} {_plural(verdict, counts[verdict])}" for verdict in VERDICTS if counts[verdict]
    )
    return (
        f"{_count(len(found), 'breaking point')}: {told}; {_count(sum(row.executed for row in found), 'run')} executed"
    )


def lines(outcomes: Iterable, *, verbose: bool = False) -> Iterator[Line]:  # type: ignore[type-arg]
    """The summary as lines of text, each with the name of its colour or None."""
    found = rows(outcomes)
    yield answer(found), None
    if found:
        yield "", None
        yield f"{'breaking point':<27}{'verdict':<15}{'runs':>8}  limits", None
    for row in found:
        yield from _row_lines(row, verbose=verbose)


def left_out_line(left_out: Mapping[str, int]) -> str | None:
    """What was not run because nobody asked for it, and how to ask."""
    told = [f"{count} {intensity}" for intensity, count in left_out.items() if count]
    if not told:
        return None
    example = next(intensity for intensity, count in left_out.items() if count)
    return f"left out: {', '.join(told)} (ask with -m {example})"


def _row_lines(row: Row, *, verbose: bool) -> Iterator[Line]:
    name = f"{row.point} [{row.intensity}]"
    head = f"{name:<27}{row.verdict:<15}{row.executed:>8,}  "
    limits = [_limit_text(limit) for limit in row.limits] or [""]
    yield (head + limits[0]).rstrip(), COLOURS[row.verdict]
    for limit in limits[1:]:
        yield " " * 52 + limit, COLOURS[row.verdict]
    for broken in row.broken:
        yield from _broken_lines(broken)
    if row.verdict != "holds":
        yield from ((text, None) for note in row.notes for text in _indented(note))
    if row.verdict in ("breaks", "inconclusive") and row.replay:
        yield f"    repeat: {row.replay}", None
    if verbose:
        yield f"    {row.items} items, {row.audited:,} runs audited, {row.seconds:.2f} s of driving", None


def _broken_lines(broken: Broken) -> Iterator[Line]:
    more = f" (and {broken.others:,} more)" if broken.others else ""
    yield from ((text, None) for text in _indented(f"{broken.promise}: {broken.message}{more}"))


def _indented(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False)


def _limit_text(limit: Reached) -> str:
    noisy = "~" if limit.kind == "time" else ""
    return f"{limit.name} {noisy}{_figure(limit.value)} {limit.unit}".rstrip()


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _plural(verdict: Verdict, count: int) -> str:
    return {"holds": "hold", "breaks": "break"}.get(verdict, verdict) if count != 1 else verdict
