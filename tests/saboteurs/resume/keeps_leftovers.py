"""A metalab that shows the artifacts of a failed attempt beside those of the success."""

from __future__ import annotations

import contextlib
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.errors import OptbenchError

_close, _artifact = Capture.close, Capture.artifact
_left: dict[str, Any] = {}  # by run id


def _noting(self: Capture, name: str, obj: Any, *rest: Any, **more: Any) -> None:
    if name == "debug":
        _left[self._draft.run_id] = obj
    _artifact(self, name, obj, *rest, **more)


def _with_leftovers(self: Capture) -> Any:
    if self._draft.run_id in _left:
        with contextlib.suppress(OptbenchError):  # this attempt has one of its own
            _artifact(self, "debug", _left[self._draft.run_id], kind="json")
    return _close(self)


Capture.artifact = _noting  # type: ignore[method-assign]
Capture.close = _with_leftovers  # type: ignore[method-assign]
