"""A metalab that takes room for the square of the dimension while an operation runs."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.operation import Operation

_invoke = Operation.invoke


def _roomy(self: Operation, **given: Any) -> Any:
    dim = given["params"].get("dim", 0)
    room = bytearray(dim**2 * 100)
    try:
        return _invoke(self, **given)
    finally:
        del room


Operation.invoke = _roomy  # type: ignore[method-assign]
