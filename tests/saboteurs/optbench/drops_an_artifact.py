"""A metalab that takes a report and does not list it."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_close = Capture.close


def _forgetful(self: Capture) -> Any:
    self._artifacts.pop("summary", None)
    return _close(self)


Capture.close = _forgetful  # type: ignore[method-assign]
