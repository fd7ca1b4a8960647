"""A metalab that records one run that came to its end as failed."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Attempt
from pytest_optbench.engine.model.records import RunRecord, Status

_record = Attempt._record


def _pessimistic(self: Attempt) -> RunRecord:
    if self.task.ordinal == 3:
        self._status, self._error = Status.FAILED, {"type": "Error", "message": "made up", "traceback": ""}
    return _record(self)


Attempt._record = _pessimistic  # type: ignore[method-assign]
