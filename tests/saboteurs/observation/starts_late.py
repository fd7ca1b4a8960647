"""A metalab that reports the start of a run after its end."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.events import Announcer, EventKind

_tell = Announcer.tell


def _changed(self: Announcer, kind: EventKind, run_id: str | None = None, message: str = "", /, **data: Any) -> None:
    if kind is EventKind.RUN_STARTED:
        return
    _tell(self, kind, run_id, message, **data)
    if kind is EventKind.RUN_FINISHED:
        _tell(self, EventKind.RUN_STARTED, run_id)


Announcer.tell = _changed  # type: ignore[method-assign]
