"""Capture the warnings and errors that a target logs, without changing its other logging."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

KEPT = 1000  # messages


class LogCapture(logging.Handler):
    """Keeps the first thousand messages, and the number of all."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: list[str] = []
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self._count += 1
        if len(self._kept) < KEPT:
            self._kept.append(f"{record.levelname}: {record.getMessage()}")

    def messages(self) -> tuple[str, ...]:
        """Return the messages, and a last line with the number of those that were not kept."""
        more = self._count - len(self._kept)
        return (*self._kept, *([f"... and {more} more messages"] if more else []))


@contextmanager
def capture_logs(module: ModuleType) -> Iterator[LogCapture]:
    """Capture the logs of a target, and of the package that its `run` comes from, in this process."""
    captured = LogCapture()
    loggers = [logging.getLogger(name) for name in _packages(module)]
    for logger in loggers:
        logger.addHandler(captured)
    try:
        yield captured
    finally:
        for logger in loggers:
            logger.removeHandler(captured)


def _packages(module: ModuleType) -> set[str]:
    home = str(getattr(module.run, "__module__", module.__name__))
    package = home.rpartition(".")[0] or home
    within = f"{module.__name__}."
    return {module.__name__} if f"{package}.".startswith(within) else {module.__name__, package}
