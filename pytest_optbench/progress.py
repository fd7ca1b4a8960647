"""Live progress on long loads: what the witness files of all workers say together."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from .stress.tail import Progress

QUIET_SECONDS = 5.0
TERMINAL_SECONDS = 5.0
LOG_SECONDS = 30.0


class Ticker:
    """A thread that writes a line of progress now and then, while its context is open.

    It says nothing in the first seconds, so short sessions look as they always did.
    """

    def __init__(self, witnesses: Path, session: str, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._every = TERMINAL_SECONDS if reporter.isatty else LOG_SECONDS
        self._progress = Progress(witnesses, session)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="optbench-progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _tick(self) -> None:
        began = time.monotonic()
        self._over.wait(QUIET_SECONDS)
        while not self._over.is_set():
            self._say(time.monotonic() - began)
            self._over.wait(self._every)

    def _say(self, seconds: float) -> None:
        count = self._progress.poll()
        planned, done = count.planned - count.stored, count.finished
        if 0 < done < planned:
            self._reporter.ensure_newline()
            self._reporter.write_line(progress_line(planned, done, seconds))


def progress_line(planned: int, done: int, seconds: float) -> str:
    """Runs done (at least one), rate and the time that is left, as one line."""
    rate = done / seconds
    left = _duration((planned - done) / rate)
    return f"optbench: {done:,} of {planned:,} runs ({done / planned:.0%}), {rate:,.1f} runs/s, {left} left"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
