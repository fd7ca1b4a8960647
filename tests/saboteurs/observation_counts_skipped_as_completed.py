"""A metalab whose status counts what it skipped as completed."""

from __future__ import annotations

from dataclasses import replace

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.counters import RunStatus, Tally

_status = Tally.status


def _changed(self: Tally) -> RunStatus:
    status = _status(self)
    return replace(status, completed=status.completed + status.skipped, skipped=0)


Tally.status = _changed  # type: ignore[method-assign]
