"""A metalab that reports a success where a run could not be stored."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.model.outcome import Ending, RunOutcome

_release = Runner.release


def _changed(self: Runner, task: Any, outcome: RunOutcome) -> RunOutcome:
    if outcome.ending is Ending.UNSTORED:
        outcome = RunOutcome(Ending.SUCCESS, outcome.duration_ms)
    return _release(self, task, outcome)


Runner.release = _changed  # type: ignore[method-assign]
