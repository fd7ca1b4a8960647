"""A metalab whose failed runs keep no stepped metrics."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Attempt

_fail = Attempt.fail


def _failing(self: Attempt, error: BaseException) -> None:
    self.capture._series.clear()
    _fail(self, error)


Attempt.fail = _failing  # type: ignore[method-assign]
