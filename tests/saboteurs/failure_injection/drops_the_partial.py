"""A metalab that throws away what a failing run captured before it failed."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Attempt
from pytest_optbench.engine.model.records import RunRecord

_record = Attempt._record


def _empty(self: Attempt) -> RunRecord:
    if self._error is None:
        return _record(self)
    self.capture.close()
    told: dict[str, Any] = {"started_at": self._started, "duration_ms": self._duration, "error": self._error}
    return self._runner.record(self.task, status=self._status, metrics={}, **told)


Attempt._record = _empty  # type: ignore[method-assign]
