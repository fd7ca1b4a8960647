"""A metalab that records a failure on the run after the one that failed."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Attempt
from pytest_optbench.engine.model.records import Status

_operate = Attempt.operate
_owed: list[object] = []


def _shifted(self: Attempt) -> None:
    _operate(self)
    if self._error is not None and "as planned" in str(self._error):
        _owed.append(self._error)
        self._status, self._error = Status.SUCCESS, None
    elif _owed and self._error is None:
        self._status, self._error = Status.FAILED, _owed.pop()  # type: ignore[assignment]


Attempt.operate = _shifted  # type: ignore[method-assign]
