"""A metalab that records nothing of a run whose worker process died."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.executors.dispatcher import Dispatcher
from pytest_optbench.engine.model.outcome import Ending, RunOutcome


def _forgotten(self: Dispatcher, number: int, since: Any, code: int) -> None:
    self._sweep.settle(self._outstanding.pop(number), RunOutcome(Ending.FAILED, 0.0))


Dispatcher._record_death = _forgotten  # type: ignore[method-assign]
