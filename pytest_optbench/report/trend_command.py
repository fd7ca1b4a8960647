"""Show the trend of several sessions: lines of text, and a page where one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from .document import SessionReport
from .trend import trend
from .trend_text import lines
from .writing import check_writable, write_text


def show_trend(reports: Sequence[SessionReport], page: Path | None, write: Callable[[str], None]) -> None:
    """Write the lines of a trend, and its page into a file.

    Raises:
        InvalidInputError: the reports have no trend, or the page cannot be written.
    """
    if page is not None:
        check_writable(page)
    found = trend(reports)
    for line in lines(found):
        write(line)
    if page is not None:
        from .trend_page import to_html

        write_text(to_html(found), page)
