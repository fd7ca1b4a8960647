"""A metalab that gives up all runs that were handed out when a worker process dies."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.executors.channel import ReportKind
from pytest_optbench.engine.executors.dispatcher import Dispatcher
from pytest_optbench.engine.model.outcome import Ending, RunOutcome

_record_death, _handle_report = Dispatcher._record_death, Dispatcher._handle_report


def _with_the_batch(self: Dispatcher, number: int, since: Any, code: int) -> None:
    _record_death(self, number, since, code)
    self._queue.end()
    while self._outstanding:
        self._sweep.settle(self._outstanding.popitem()[1], RunOutcome(Ending.FAILED, 0.0))


def _of_those_not_given_up(self: Dispatcher, worker: Any, kind: ReportKind, *told: Any) -> None:
    """Another worker may be on one of the runs that were given up: nobody wants to hear of it any more."""
    if kind not in (ReportKind.STARTED, ReportKind.ENDED) or told[0] in self._outstanding:
        _handle_report(self, worker, kind, *told)
    elif kind == ReportKind.ENDED:
        worker.current = None


Dispatcher._record_death = _with_the_batch  # type: ignore[method-assign]
Dispatcher._handle_report = _of_those_not_given_up  # type: ignore[method-assign]
