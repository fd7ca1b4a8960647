"""The log of a run: lines of text, written as they come, and what the run's thread sends to loggers it named.

A logger has one handler of ours while any run listens to it, and none afterwards. Handlers are not added and removed
run by run: `logging` skips a handler when another one is removed in the middle of a call.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pytest_optbench.engine.model.records import StoredFile
from pytest_optbench.engine.store import layout

if TYPE_CHECKING:
    from pytest_optbench.engine.store.protocol import Draft, DraftFile

Sink = Callable[[str, str, str], object]  # (message, level, name of the logger)
RUNS: Final = logging.getLogger("pytest_optbench.engine.runs")
_CHANGING = threading.Lock()
_DISPATCHERS: dict[str, _Dispatcher] = {}
_HERE = threading.local()


class RunLog:
    """The log file of one run, begun by the first line; each line is in the file at once, for whoever follows it."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._file: DraftFile | None = None
        self._writing = threading.Lock()

    def write(self, message: str, level: str) -> None:
        """Add a line: time in UTC, level, message. Half surrogates are escaped: a log must be readable as text."""
        line = f"{datetime.now(UTC).isoformat(timespec='microseconds')} {level.upper()} {message}\n"
        with self._writing:
            if self._file is None:
                self._file = self._draft.open(layout.LOG)
            self._file.write(line.encode("utf-8", "backslashreplace"))
            self._file.flush()

    def close(self) -> StoredFile | None:
        """Finish the file; None if there was no line."""
        with self._writing:
            file, self._file = self._file, None
            return None if file is None else file.close()


class Subscription:
    """What one thread sends to one logger, passed on to `sink` from a level on, until it is cancelled.

    Meanwhile a logger that passes on less has that level; with 0 it keeps its own.
    """

    def __init__(self, name: str, sink: Sink, level: int = logging.NOTSET) -> None:
        self.sink = sink
        self.level = level
        self.thread = threading.get_ident()
        self._name = name
        with _CHANGING:
            dispatcher = _DISPATCHERS.get(name)
            if dispatcher is None:
                dispatcher = _DISPATCHERS[name] = _Dispatcher(logging.getLogger(name))
            dispatcher.subscribe((*dispatcher.subscriptions, self))

    def cancel(self) -> None:
        """Stop listening; the last one takes the handler away."""
        with _CHANGING:
            dispatcher = _DISPATCHERS[self._name]
            dispatcher.subscribe(tuple(other for other in dispatcher.subscriptions if other is not self))
            if not dispatcher.subscriptions:
                dispatcher.close()
                del _DISPATCHERS[self._name]


def logger_of(run_id: str, sink: Sink) -> logging.Logger:
    """Return a logger whose lines go to `sink`, and to handlers of the logger "pytest_optbench.engine.runs".

    It is in no registry: `logging` never forgets a registered logger, and a million runs would leave a million of them.
    """
    logger = logging.Logger(f"run.{run_id[:8]}", logging.DEBUG)
    logger.parent = RUNS
    logger.addHandler(_RunHandler(sink))
    return logger


class SinkHandler(logging.Handler):
    """Passes records on to sinks, which threads may call at once, without the lock that a handler holds meanwhile.

    A sink may call a listener of the sweep, which waits for its turn; who has the turn may be logging just then.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit the record."""
        self.emit(record)
        return True

    def pass_on(self, record: logging.LogRecord, sink: Sink, logger: str) -> None:
        """Give the record to `sink`; never raises."""
        try:
            sink(self.format(record), record.levelname, logger)
        except Exception:  # noqa: BLE001 - handlers report write errors by handleError
            self.handleError(record)


class _Dispatcher(SinkHandler):
    """Hands each record to the runs that listen on the thread it was made on.

    Lines that a sink logs itself are not passed on: a listener that logs every event would be called without end.
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__()
        self.subscriptions: tuple[Subscription, ...] = ()
        self._logger = logger
        self._own_level = logger.level
        self._passed_on = logger.getEffectiveLevel()
        logger.addHandler(self)

    def subscribe(self, subscriptions: tuple[Subscription, ...]) -> None:
        """Listen for these, and give the logger the lowest level that one of them asks for."""
        self.subscriptions = subscriptions
        asked = min((one.level for one in subscriptions if one.level), default=self._passed_on)
        self._logger.setLevel(asked if asked < self._passed_on else self._own_level)

    def close(self) -> None:
        """Leave the logger."""
        self._logger.removeHandler(self)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(_HERE, "handing_on", False):
            return
        _HERE.handing_on = True
        try:
            for subscription in self.subscriptions:
                if subscription.thread == record.thread and record.levelno >= subscription.level:
                    self.pass_on(record, subscription.sink, record.name)
        finally:
            _HERE.handing_on = False


class _RunHandler(SinkHandler):
    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        self.pass_on(record, self._sink, "")
