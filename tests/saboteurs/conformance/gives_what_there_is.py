"""A metalab whose result() gives what there is when its time is over."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.handle import RunHandle
from pytest_optbench.engine.results.results import Results

_result = RunHandle.result


def _changed(self: RunHandle, timeout: float | None = None) -> Any:
    try:
        return _result(self, timeout)
    except TimeoutError:
        return Results.of([(self._store, [])])


RunHandle.result = _changed  # type: ignore[method-assign]
