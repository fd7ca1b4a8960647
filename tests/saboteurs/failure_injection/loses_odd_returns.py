"""A metalab that loses a run which returned something odd."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Attempt
from pytest_optbench.engine.model.outcome import Ending, RunOutcome

_finish = Attempt.finish


def _choosy(self: Attempt) -> RunOutcome:
    if not self._notes:
        return _finish(self)
    self._runner.discard(self._draft)
    return self._runner.release(self.task, RunOutcome(Ending.FAILED, 0.0))


Attempt.finish = _choosy  # type: ignore[method-assign]
