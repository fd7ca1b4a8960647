"""Hear what a target logs as a warning or worse, without changing what anybody else hears."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

KEPT = 1000


class LogCapture(logging.Handler):
    """Keeps messages; of very many, the first thousand and how many there were."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: list[str] = []
        self._heard = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self._heard += 1
        if len(self._kept) < KEPT:
            self._kept.append(f"{record.levelname}: {record.getMessage()}")

    def messages(self) -> tuple[str, ...]:
        """What was heard."""
        more = self._heard - len(self._kept)
        return (*self._kept, *([f"... and {more} more messages"] if more else []))


@contextmanager
def capture_logs(module: ModuleType) -> Iterator[LogCapture]:
    """Hear the loggers of a target, and of the package that its `run` comes from, in this process."""
    heard = LogCapture()
    loggers = [logging.getLogger(name) for name in _packages(module)]
    for logger in loggers:
        logger.addHandler(heard)
    try:
        yield heard
    finally:
        for logger in loggers:
            logger.removeHandler(heard)


def _packages(module: ModuleType) -> set[str]:
    home = str(getattr(module.run, "__module__", module.__name__))
    package = home.rpartition(".")[0] or home
    within = f"{module.__name__}."
    return {module.__name__} if f"{package}.".startswith(within) else {module.__name__, package}
