"""A metalab that records nothing of a run whose worker process died of a fault of its own: SIGSEGV, SIGBUS, SIGABRT."""

from __future__ import annotations

import signal
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.executors.dispatcher import Dispatcher
from pytest_optbench.engine.model.outcome import Ending, RunOutcome

_record_death = Dispatcher._record_death
FAULTS = (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT)


def _forgotten(self: Dispatcher, number: int, since: Any, code: int) -> None:
    if code in FAULTS:
        self._sweep.settle(self._outstanding.pop(number), RunOutcome(Ending.FAILED, 0.0))
    else:
        _record_death(self, number, since, code)


Dispatcher._record_death = _forgotten  # type: ignore[method-assign]
