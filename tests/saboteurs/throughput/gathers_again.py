"""A metalab that looks through the results it has for each one that it gathers."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.handle import RunHandle

_result = RunHandle.result


def _looking_for_each(self: RunHandle, timeout: float | None = None) -> Any:
    results = _result(self, timeout)
    runs = list(results)
    for run in runs:
        any(other.run_id == "" for other in runs[: runs.index(run)])
    return results


RunHandle.result = _looking_for_each  # type: ignore[method-assign]
