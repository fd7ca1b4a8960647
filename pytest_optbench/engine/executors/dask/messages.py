"""What travels between a sweep and the Dask workers: batches of runs out, reports back.

Results do not: a run is in the store before its end is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pytest_optbench.engine.executors.channel import Message
    from pytest_optbench.engine.model.outcome import RunOutcome

TOPIC: Final = "pytest-optbench"  # of the scheduler's events: one for all sweeps, since it keeps the last of each topic

Error = Mapping[str, Any]  # as `failure.describe` gives it


@dataclass(frozen=True)
class SweepPlace:
    """What a Dask worker needs to start worker processes for one sweep.

    `path` is where the sweep's own process searches modules, `variables` are what it wants in the environment, and
    `folder` is where it works. What of that a worker's machine does not have, is left out there.
    """

    sweep: str
    payload: bytes
    path: tuple[str, ...]
    variables: Mapping[str, str]
    folder: str | None
    listened: bool


@dataclass(frozen=True)
class Batch:
    """Runs for one worker process, one after the other: their numbers in the sweep, and the pickled tasks."""

    sweep: str
    number: int
    runs: tuple[Message, ...]


@dataclass(frozen=True)
class Death:
    """The end of a worker process under a run that it had taken: when it began the run, if it had, and how it ended."""

    number: int
    since: datetime | None
    exit_code: int


@dataclass
class BatchReport:
    """What became of a batch; its runs that are not named here were not begun.

    `is_unknown` says that the Dask worker does not know the sweep (any more), `refused` why it cannot take it, and
    `failed_start` is the exit code of a worker process that ended before it was ready.
    """

    ended: list[tuple[int, RunOutcome]] = field(default_factory=list)
    rejected: list[tuple[int, Error]] = field(default_factory=list)
    died: list[Death] = field(default_factory=list)
    refused: Error | None = None
    failed_start: int | None = None
    is_unknown: bool = False
    seconds: float = 0.0


class NoticeKind(StrEnum):
    """The kinds of notice that a worker sends while it executes a batch: each with what follows it."""

    STARTED = "started"  # (number): the operation was called
    RETURNED = "returned"  # (numbers): these runs wait too long behind another one; somebody else may have them
    EVENT = "event"  # (kind, run id, message, details): something happened inside a run
