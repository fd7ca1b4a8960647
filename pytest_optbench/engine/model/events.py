"""Events, which a sweep reports to its listeners while it runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

LOGGER = logging.getLogger("pytest_optbench.engine")


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

    `run_id` is None for what concerns the whole sweep. `data` holds the details: `metrics` and `duration_ms` of a
    run that finished, `error` of one that failed, `name` of an artifact, `level` of a log line, the counts of the
    sweep's status for progress. `time` is in UTC.
    """

    kind: EventKind
    experiment_id: str
    run_id: str | None = None
    message: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


Listener = Callable[[Event], object]


class Announcer:
    """Calls the listeners of one sweep, one event at a time and in the order in which things happened.

    Listeners run in the thread where the thing happened, never two at once, so they need no locks of their own; a
    slow one slows the sweep. One that raises is reported in the log, once, and the sweep goes on.
    """

    def __init__(self, experiment_id: str, listeners: Iterable[Listener] = ()) -> None:
        self.experiment_id = experiment_id
        self.faults: list[str] = []
        self._listeners = tuple(listeners)
        self._turn = threading.RLock()  # re-entrant: a listener may cause another event, e.g. by cancelling

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def tell(self, kind: EventKind, run_id: str | None = None, message: str = "", /, **data: Any) -> None:
        """Tell every listener of one event; costs nothing where there are none."""
        if not self._listeners:
            return
        event = Event(kind, self.experiment_id, run_id, message, data)
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
