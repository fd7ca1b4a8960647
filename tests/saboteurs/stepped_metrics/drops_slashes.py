"""A metalab that takes a stepped metric with a slash in its name and does not keep it."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_metric = Capture.metric


def _choosy(self: Capture, name: str, value: Any, step: int | None = None) -> None:
    if "/" not in name:
        _metric(self, name, value, step)


Capture.metric = _choosy  # type: ignore[method-assign]
