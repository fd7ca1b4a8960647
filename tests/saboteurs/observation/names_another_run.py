"""A metalab that reports the end of a run under the id of another."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.events import Announcer, EventKind

_tell = Announcer.tell


def _changed(self: Announcer, kind: EventKind, run_id: str | None = None, message: str = "", /, **data: Any) -> None:
    swapped = run_id[::-1] if run_id and kind is EventKind.RUN_FINISHED and run_id[0] in "01234567" else run_id
    _tell(self, kind, swapped, message, **data)


Announcer.tell = _changed  # type: ignore[method-assign]
