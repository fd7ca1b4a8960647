"""A metalab that rounds what an operation measures."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_metric = Capture.log_metrics


def _rounded(self: Capture, metrics: dict[str, Any], step: int | None = None) -> None:
    _metric(
        self, {name: round(value, 6) if isinstance(value, float) else value for name, value in metrics.items()}, step
    )


Capture.log_metrics = _rounded  # type: ignore[method-assign]
