"""A metalab that loses the third line of a log."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.run_log import RunLog

_write = RunLog.write


def _changed(self: RunLog, message: str, level: str) -> None:
    if not message.endswith("line 2") or message.startswith("library"):
        _write(self, message, level)


RunLog.write = _changed  # type: ignore[method-assign]
