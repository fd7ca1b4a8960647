"""A metalab that looks at a quarter of all runs before it hands out the next one: within what is allowed."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.queue import RunQueue

_next = RunQueue.next


def _looking_back(self: RunQueue, skipped: list[Any]) -> Any:
    for run_id in list(self.seen)[::4]:
        run_id.startswith("x")
    return _next(self, skipped)


RunQueue.next = _looking_back  # type: ignore[method-assign]
