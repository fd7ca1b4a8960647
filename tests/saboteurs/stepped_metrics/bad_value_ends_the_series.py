"""A metalab in which a refused value ends its series: what comes after it is dropped."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.capture import Capture

_metric = Capture.metric
_ended: WeakSet[Capture] = WeakSet()  # not their ids: a later capture may have one of them again


def _ending(self: Capture, name: str, value: Any, step: int | None = None) -> None:
    if step is not None and self in _ended:
        return
    try:
        _metric(self, name, value, step)
    except ValueError:
        _ended.add(self)
        raise


Capture.metric = _ending  # type: ignore[method-assign]
