"""A metalab that gives up at the first failure."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.outcome import Ending, Outcome
from pytest_optbench.engine.plan import Task
from pytest_optbench.engine.sweep import Sweep

_settle = Sweep.settle


def _given_up(self: Sweep, task: Task, outcome: Outcome) -> None:
    _settle(self, task, outcome)
    if outcome.ending is Ending.FAILED:
        self.token.cancel()


Sweep.settle = _given_up  # type: ignore[method-assign]
