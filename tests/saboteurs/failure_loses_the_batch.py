"""A metalab that gives up all runs that were handed out when a worker process dies."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.executors.dispatcher import Dispatcher
from pytest_optbench.engine.outcome import Ending, Outcome

_bury_run = Dispatcher._bury_run


def _with_the_batch(self: Dispatcher, number: int, since: Any, code: int) -> None:
    _bury_run(self, number, since, code)
    self._queue.end()
    while self._outstanding:
        self._sweep.settle(self._outstanding.popitem()[1], Outcome(Ending.FAILED, 0.0))


Dispatcher._bury_run = _with_the_batch  # type: ignore[method-assign]
