"""A metalab that sends tuples to its worker processes as lists."""

from __future__ import annotations

import sys
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.operation import Operation

_invoke = Operation.invoke


def _through_json(self: Operation, context: Any, params: Any, seeds: Any, runtime: Any, capture: Any) -> Any:
    if "pytest" not in sys.modules:
        params = {name: list(value) if type(value) is tuple else value for name, value in params.items()}
    return _invoke(self, context, params, seeds, runtime, capture)


Operation.invoke = _through_json  # type: ignore[method-assign]
