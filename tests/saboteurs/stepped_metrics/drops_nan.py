"""A metalab that takes NaN at a step and does not keep it."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_metric = Capture.metric


def _choosy(self: Capture, name: str, value: Any, step: int | None = None) -> None:
    if step is None or not isinstance(value, float) or value == value:  # NaN alone is unlike itself
        _metric(self, name, value, step)


Capture.metric = _choosy  # type: ignore[method-assign]
