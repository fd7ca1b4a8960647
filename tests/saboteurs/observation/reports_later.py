"""A metalab that reports events from a thread of its own, which lags behind."""

from __future__ import annotations

import queue
import threading
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.events import Announcer, Listener

_events: queue.SimpleQueue[tuple[Announcer, Listener, Any]] = queue.SimpleQueue()
_call = Announcer._call


def _report() -> None:
    while True:
        _call(*_events.get())


def _changed(self: Announcer, listener: Listener, event: Any) -> None:
    _events.put((self, listener, event))


Announcer._call = _changed  # type: ignore[method-assign]
threading.Thread(target=_report, daemon=True).start()
