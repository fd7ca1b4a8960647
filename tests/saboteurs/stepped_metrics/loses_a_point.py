"""A metalab that forgets the 100th point of one of several series."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_metric = Capture.metric


def _forgetful(self: Capture, name: str, value: Any, step: int | None = None) -> None:
    if (name, step) != ("metric_3", 100):
        _metric(self, name, value, step)


Capture.metric = _forgetful  # type: ignore[method-assign]
