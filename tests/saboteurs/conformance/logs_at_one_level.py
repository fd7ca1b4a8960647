"""A metalab whose logs call every line an INFO."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.run_log import RunLog

_write = RunLog.write


def _changed(self: RunLog, message: str, level: str) -> None:
    _write(self, message, "info")


RunLog.write = _changed  # type: ignore[method-assign]
