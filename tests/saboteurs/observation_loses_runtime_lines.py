"""A metalab that loses errors logged by the logger of a runtime."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runtime import _RunHandler

_emit = _RunHandler.emit


def _changed(self: _RunHandler, record: Any) -> None:
    if record.levelname != "ERROR":
        _emit(self, record)


_RunHandler.emit = _changed  # type: ignore[method-assign]
