"""The outcome of one run, as a worker reports it: small and picklable; everything else is in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Ending(StrEnum):
    """How the execution of a run ended."""

    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNSTORED = "unstored"  # neither the run nor a record of its failure could be stored
    SKIPPED = "skipped"  # found finished after its claim was acquired: another process has just executed it
    BUSY = "busy"  # another process or thread is executing it

    @property
    def counted(self) -> str:
        """The count of the sweep's status that this ending goes to."""
        return _COUNTED[self]


_COUNTED = {
    Ending.SUCCESS: "completed",
    Ending.FAILED: "failed",
    Ending.UNSTORED: "failed",
    Ending.CANCELLED: "cancelled",
    Ending.SKIPPED: "skipped",
}


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How one run ended. `metrics` and `artifacts` are filled in only for a sweep that somebody listens to."""

    ending: Ending
    duration_ms: float = 0.0
    error: Mapping[str, Any] | None = None
    metrics: Mapping[str, Any] | None = None
    notices: tuple[str, ...] = ()  # what went wrong around the run without harm to it, e.g. a claim not given back


BUSY = RunOutcome(Ending.BUSY)
SKIPPED = RunOutcome(Ending.SKIPPED)
