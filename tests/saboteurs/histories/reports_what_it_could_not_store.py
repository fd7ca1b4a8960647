"""A metalab that reports a run as a success that it could not store."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.model.outcome import Ending, RunOutcome

_release = Runner.release


def _rosy(self: Runner, task: Any, outcome: RunOutcome) -> RunOutcome:
    released = _release(self, task, outcome)
    return RunOutcome(Ending.SUCCESS) if released.ending in (Ending.UNSTORED, Ending.FAILED) else released


Runner.release = _rosy  # type: ignore[method-assign]
