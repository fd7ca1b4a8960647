"""A metalab that reports a failed run as finished."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.events import Announcer, EventKind

_tell = Announcer.tell


def _changed(self: Announcer, kind: EventKind, run_id: str | None = None, message: str = "", /, **data: Any) -> None:
    _tell(self, EventKind.RUN_FINISHED if kind is EventKind.RUN_FAILED else kind, run_id, message, **data)


Announcer.tell = _changed  # type: ignore[method-assign]
