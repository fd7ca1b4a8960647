"""A metalab whose operations receive lists where tuples were planned."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.operation import Operation

_invoke = Operation.invoke


def _through_json(self: Operation, context: Any, params: Any, seeds: Any, runtime: Any, capture: Any) -> Any:
    plain = {name: list(value) if type(value) is tuple else value for name, value in params.items()}
    return _invoke(self, context, plain, seeds, runtime, capture)


Operation.invoke = _through_json  # type: ignore[method-assign]
