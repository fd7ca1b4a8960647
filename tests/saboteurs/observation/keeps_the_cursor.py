"""A metalab that hides the cursor of the terminal when a sweep ends."""

from __future__ import annotations

import sys
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.handle import RunHandle

_result = RunHandle.result


def _changed(self: RunHandle, timeout: float | None = None) -> Any:
    results = _result(self, timeout)
    if sys.stdout.isatty():
        print("\x1b[?25l", end="")
    return results


RunHandle.result = _changed  # type: ignore[method-assign]
