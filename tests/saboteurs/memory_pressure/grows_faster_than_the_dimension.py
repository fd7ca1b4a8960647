"""A metalab that takes room that grows a little faster than the dimension: beyond what is allowed."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.operation import Operation

_invoke = Operation.invoke


def _roomy(self: Operation, **given: Any) -> Any:
    dim = given["params"].get("dim", 0)
    room = bytearray(int(dim**1.25) * 4_096)
    try:
        return _invoke(self, **given)
    finally:
        del room


Operation.invoke = _roomy  # type: ignore[method-assign]
