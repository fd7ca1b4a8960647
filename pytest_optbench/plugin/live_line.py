"""A line that says what goes on: on a terminal one line, written anew; elsewhere a line each time."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import pytest


class LiveLine:
    """Writes lines while its context is open; on a terminal, the last one is erased at the end."""

    def __init__(self, reporter: pytest.TerminalReporter | None, verbosity: int) -> None:
        self._reporter = reporter if verbosity >= 0 else None
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_open and self._reporter is not None:
            self._reporter.rewrite("", erase=True)
            self._reporter.write("\r")
        self._is_open = False

    def write(self, text: str) -> None:
        """Write a line."""
        if self._reporter is None:
            return
        line = f"optbench: {text}"
        if self._reporter.isatty:
            if not self._is_open:
                self._reporter.ensure_newline()
            self._reporter.rewrite(line[: self._reporter._tw.fullwidth - 1], erase=True)  # noqa: SLF001 - its width
            self._is_open = True
        else:
            self._reporter.ensure_newline()
            self._reporter.write_line(line)
