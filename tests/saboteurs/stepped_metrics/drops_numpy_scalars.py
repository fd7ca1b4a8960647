"""A metalab that takes numpy's numbers at a step and does not keep them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_metric = Capture.metric


def _choosy(self: Capture, name: str, value: Any, step: int | None = None) -> None:
    if not isinstance(value, np.generic):
        _metric(self, name, value, step)


Capture.metric = _choosy  # type: ignore[method-assign]
