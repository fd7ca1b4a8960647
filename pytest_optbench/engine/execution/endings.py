"""How a run ended: what its record states, and what its process would have said."""

from __future__ import annotations

from typing import Final

from pytest_optbench.engine.model.outcome import Ending, RunOutcome
from pytest_optbench.engine.model.records import RunRecord, Status

ENDINGS: Final = {Status.SUCCESS: Ending.SUCCESS, Status.FAILED: Ending.FAILED, Status.CANCELLED: Ending.CANCELLED}


def exit_code(error: BaseException) -> int:
    """Return the exit status Python would use if `error` were not caught."""
    if not isinstance(error, SystemExit) or not (error.code is None or isinstance(error.code, int)):
        return 1
    return (error.code or 0) & 0xFF


def outcome_of(record: RunRecord, *, detailed: bool) -> RunOutcome:
    """Return the outcome that a stored record states."""
    metrics = record.metrics if detailed else None
    return RunOutcome(ENDINGS[record.status], record.duration_ms, record.error, metrics)
