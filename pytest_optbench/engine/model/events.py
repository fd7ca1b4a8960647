"""Events, which a sweep reports to its listeners while it runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self

LOGGER = logging.getLogger("pytest_optbench.engine")
SKIPPED_BECAUSE: Final = "already exists"


class EventKind(StrEnum):
    """What happened; every member is also its own string."""

    RUN_STARTED = "run_started"
    RUN_FINISHED = "run_finished"
    RUN_FAILED = "run_failed"
    RUN_SKIPPED = "run_skipped"
    RUN_CANCELLED = "run_cancelled"
    ARTIFACT_SAVED = "artifact_saved"
    PROGRESS = "progress"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a sweep.

    `run_id` is None for what concerns the whole sweep. `payload` holds the details: `metrics` and `duration_ms` of a
    run that finished, `error` of one that failed, `name` of an artifact, `message` and `level` of a log line, the
    counts of the sweep's status for progress. `timestamp` is in UTC.

    The class methods make events as a sweep does, for whoever tests a listener.
    """

    kind: EventKind
    run_id: str | None = None
    timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))
    payload: Mapping[str, Any] = field(default_factory=dict)
    experiment_id: str = ""
    message: str = ""

    @classmethod
    def run_started(cls, run_id: str, **payload: Any) -> Self:
        """Return the event of a run that begins."""
        return cls(EventKind.RUN_STARTED, run_id, payload=payload)

    @classmethod
    def run_finished(cls, run_id: str, **payload: Any) -> Self:
        """Return the event of a run that succeeded."""
        return cls(EventKind.RUN_FINISHED, run_id, payload=payload)

    @classmethod
    def run_failed(cls, run_id: str, error: str, **payload: Any) -> Self:
        """Return the event of a run that failed, with the message of its error."""
        return cls(EventKind.RUN_FAILED, run_id, payload={"error": error, **payload}, message=error)

    @classmethod
    def run_skipped(cls, run_id: str, reason: str = SKIPPED_BECAUSE) -> Self:
        """Return the event of a run that need not be executed."""
        return cls(EventKind.RUN_SKIPPED, run_id, payload={"reason": reason})

    @classmethod
    def artifact_saved(cls, run_id: str, name: str, uri: str, **payload: Any) -> Self:
        """Return the event of an artifact that a run captured."""
        return cls(EventKind.ARTIFACT_SAVED, run_id, payload={"name": name, "uri": uri, **payload}, message=name)

    @classmethod
    def progress(cls, run_id: str | None, current: int, total: int, message: str = "", running: int = 0) -> Self:
        """Return the event of `current` runs of `total` having ended."""
        payload = {"current": current, "total": total, "message": message, "running": running}
        return cls(EventKind.PROGRESS, run_id, payload=payload, message=message)

    @classmethod
    def log(cls, run_id: str | None, message: str, level: str = "info") -> Self:
        """Return the event of a line in a run's log."""
        return cls(EventKind.LOG, run_id, payload={"message": message, "level": level}, message=message)


Listener = Callable[[Event], object]


class Announcer:
    """Calls the listeners of one sweep, one event at a time and in the order in which things happened.

    Listeners run in the thread where the thing happened, never two at once, so they need no locks of their own; a
    slow one slows the sweep. One that raises is reported in the log, once, and the sweep goes on.
    """

    def __init__(
        self, experiment_id: str, listeners: Iterable[Listener] = (), callback: Listener | None = None
    ) -> None:
        self.experiment_id = experiment_id
        self.faults: list[str] = []
        self._lasting = tuple(listeners)
        self.listen(callback)
        self._turn = threading.RLock()  # re-entrant: a listener may cause another event, e.g. by cancelling

    def listen(self, callback: Listener | None) -> None:
        """Call `callback` from now on, in place of the one before; the other listeners stay."""
        self._listeners = self._lasting if callback is None else (callback, *self._lasting)

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def tell(self, kind: EventKind, run_id: str | None = None, message: str = "", /, **payload: Any) -> None:
        """Tell every listener of one event; costs nothing where there are none."""
        if not self._listeners:
            return
        event = Event(kind, run_id, payload=payload, experiment_id=self.experiment_id, message=message)
        with self._turn:
            for listener in self._listeners:
                self._call(listener, event)

    def _call(self, listener: Listener, event: Event) -> None:
        try:
            listener(event)
        except BaseException as error:
            if not self.faults:
                LOGGER.exception("a listener failed on %s: the sweep goes on without its help", event.kind)
            self.faults.append(f"a listener failed on {event.kind}: {type(error).__name__}")
            del self.faults[100:]  # a listener that fails on each of a million events must not fill the memory
