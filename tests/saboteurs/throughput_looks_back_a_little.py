"""A metalab that looks at a quarter of all runs before it hands out the next one: within what is allowed."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.queue import Agenda

_next = Agenda.next


def _looking_back(self: Agenda, passed: list[Any]) -> Any:
    for run_id in list(self.reached)[::4]:
        run_id.startswith("x")
    return _next(self, passed)


Agenda.next = _looking_back  # type: ignore[method-assign]
