"""A metalab that takes `sys.exit(0)` for the end of a run that went well."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Attempt

_fail = Attempt.fail


def _lenient(self: Attempt, error: BaseException) -> None:
    if not (isinstance(error, SystemExit) and error.code == 0):
        _fail(self, error)


Attempt.fail = _lenient  # type: ignore[method-assign]
