"""A metalab whose sweeps end with the first error of a listener."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.handle import RunHandle

_result = RunHandle.result


def _raising(self: RunHandle, timeout: float | None = None) -> Any:
    results = _result(self, timeout)
    if self._sweep.announcer.faults:
        raise RuntimeError(self._sweep.announcer.faults[0])
    return results


RunHandle.result = _raising  # type: ignore[method-assign]
