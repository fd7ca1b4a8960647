"""A metalab that loses a run which returned something odd."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.attempt import Attempt
from pytest_optbench.engine.outcome import Ending, Outcome

_finish = Attempt.finish


def _choosy(self: Attempt) -> Outcome:
    if not self._notes:
        return _finish(self)
    self._bench.discard(self._draft)
    return self._bench.release(self.task, Outcome(Ending.FAILED, 0.0))


Attempt.finish = _choosy  # type: ignore[method-assign]
