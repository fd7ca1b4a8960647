"""A metalab whose status counts one failure as a run that is still to come."""

from __future__ import annotations

from dataclasses import replace

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.counters import RunCounters, RunStatus

_status = RunCounters.status


def _changed(self: RunCounters) -> RunStatus:
    status = _status(self)
    return replace(status, failed=status.failed - 1, pending=status.pending + 1) if status.failed else status


RunCounters.status = _changed  # type: ignore[method-assign]
