"""A metalab that looks at a few of the results it has for each one that it gathers: within what is allowed."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.handle import RunHandle

SHARE = 64
_result = RunHandle.result


def _looking_for_each(self: RunHandle, timeout: float | None = None) -> Any:
    results = _result(self, timeout)
    runs = list(results)
    for number, run in enumerate(runs):
        for other in runs[:number:SHARE]:
            run.run_id.startswith(other.run_id)
    return results


RunHandle.result = _looking_for_each  # type: ignore[method-assign]
