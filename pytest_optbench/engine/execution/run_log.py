"""The log of a run: lines of text, written as they come, and what the run's thread sends to loggers it named.

A logger has one handler of ours while any run listens to it, and none afterwards. Handlers are not added and removed
run by run: `logging` skips a handler when another one is removed in the middle of a call.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pytest_optbench.engine.model.records import StoredFile
from pytest_optbench.engine.store import layout

if TYPE_CHECKING:
    from pytest_optbench.engine.store.protocol import Draft, DraftFile

Sink = Callable[[str, str], object]  # (message, level)
_CHANGING = threading.Lock()
_DISPATCHERS: dict[str, _Dispatcher] = {}
_HERE = threading.local()


class RunLog:
    """The log file of one run, begun by the first line."""

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

    def close(self) -> StoredFile | None:
        """Finish the file; None if there was no line."""
        with self._writing:
            file, self._file = self._file, None
            return None if file is None else file.close()


class Subscription:
    """What one thread sends to one logger, passed on to `sink` until it is cancelled."""

    def __init__(self, name: str, sink: Sink) -> None:
        self.sink = sink
        self.thread = threading.get_ident()
        self._name = name
        with _CHANGING:
            dispatcher = _DISPATCHERS.get(name)
            if dispatcher is None:
                dispatcher = _DISPATCHERS[name] = _Dispatcher()
                logging.getLogger(name).addHandler(dispatcher)
            dispatcher.subscriptions = (*dispatcher.subscriptions, self)

    def cancel(self) -> None:
        """Stop listening; the last one takes the handler away."""
        with _CHANGING:
            dispatcher = _DISPATCHERS[self._name]
            dispatcher.subscriptions = tuple(other for other in dispatcher.subscriptions if other is not self)
            if not dispatcher.subscriptions:
                logging.getLogger(self._name).removeHandler(dispatcher)
                dispatcher.close()
                del _DISPATCHERS[self._name]


class SinkHandler(logging.Handler):
    """Passes records on to sinks, which threads may call at once, without the lock that a handler holds meanwhile.

    A sink may call a listener of the sweep, which waits for its turn; who has the turn may be logging just then.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit the record."""
        self.emit(record)
        return True

    def pass_on(self, record: logging.LogRecord, sink: Sink) -> None:
        """Give the record to `sink`; never raises."""
        try:
            sink(self.format(record), record.levelname)
        except Exception:  # noqa: BLE001 - handlers report write errors by handleError
            self.handleError(record)


class _Dispatcher(SinkHandler):
    """Hands each record to the runs that listen on the thread it was made on.

    Lines that a sink logs itself are not passed on: a listener that logs every event would be called without end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.subscriptions: tuple[Subscription, ...] = ()

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(_HERE, "handing_on", False):
            return
        _HERE.handing_on = True
        try:
            for subscription in self.subscriptions:
                if subscription.thread == record.thread:
                    self.pass_on(record, subscription.sink)
        finally:
            _HERE.handing_on = False
