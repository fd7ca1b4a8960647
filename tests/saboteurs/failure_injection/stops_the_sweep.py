"""A metalab that gives up at the first failure."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.sweep import Sweep
from pytest_optbench.engine.model.outcome import Ending, RunOutcome
from pytest_optbench.engine.planning.plan import Task

_settle = Sweep.settle


def _given_up(self: Sweep, task: Task, outcome: RunOutcome) -> None:
    _settle(self, task, outcome)
    if outcome.ending is Ending.FAILED:
        self.token.cancel()


Sweep.settle = _given_up  # type: ignore[method-assign]
