"""Show several targets side by side: lines of text, and a page where one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pytest_optbench.errors import InvalidInputError

from .document import SessionReport
from .side_by_side import LimitRow, PromiseRow, SideBySide, side_by_side
from .wording import change_text, shown
from .writing import check_writable, write_text


def show_side_by_side(
    reports: Sequence[tuple[Path, SessionReport]], page: Path | None, write: Callable[[str], None]
) -> None:
    """Write how several targets differ, and the page into a file.

    Raises:
        InvalidInputError: there are fewer than two reports, or the page cannot be written.
    """
    if len(reports) < 2:
        raise InvalidInputError("compare needs two reports or more: the reference first, then those to compare with it")
    if page is not None:
        check_writable(page)
    found = side_by_side(reports)
    for line in lines(found):
        write(line)
    if page is not None:
        from .side_by_side_page import to_html

        write_text(to_html(found), page)


def lines(found: SideBySide) -> Iterator[str]:
    """Yield the lines of a comparison: the verdict, then the promises and the limits that differ."""
    yield shown(found.verdict())
    for column in found.columns:
        for one in column.unlike:
            yield shown(f"{column.label} was measured under other conditions: {one}")
    for promise in found.promises:
        if promise.is_different:
            yield from _promise_lines(found, promise)
    for limit in found.limits:
        if limit.is_different:
            yield from _limit_lines(found, limit)


def _promise_lines(found: SideBySide, row: PromiseRow) -> Iterator[str]:
    yield ""
    yield shown(f"{row.place[0]} [{row.place[1]}]: {row.first.broken.promise}")
    for column, cell in zip(found.columns, row.cells, strict=True):
        words = {"holds": "keeps", None: "did not run"}.get(cell.verdict, cell.verdict)
        yield shown(f"  {column.label}: {words}{f': {cell.breaks[0].broken.message}' if cell.breaks else ''}")


def _limit_lines(found: SideBySide, row: LimitRow) -> Iterator[str]:
    yield ""
    yield shown(f"{row.place[0]} [{row.place[1]}]: {row.name}")
    for column, view in zip(found.columns, row.views, strict=True):
        if view is not None:
            change = f", {change_text(view.change)}" if view.change is not None and view.is_changed else ""
            yield shown(f"  {column.label}: {view.figure}{change}")
