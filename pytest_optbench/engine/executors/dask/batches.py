"""Batches under way: how many runs the next one takes, and what of each is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pytest_optbench.engine.planning.plan import Task

MOST_RUNS: Final = 64  # in a batch: fewer than the queue of a worker process holds
BATCH_SECONDS: Final = 0.25  # that a batch is to take: much longer than it is on its way
GROWTH: Final = 2  # times as many runs as in the last batch, at most: runs may get longer
MOST_BYTES: Final = 1 << 20  # of pickled tasks in a batch


@dataclass
class BatchUnderWay:
    """A batch that was sent to a Dask worker: its runs without a report of their end, by number."""

    address: str
    outstanding: dict[int, Task]
    started: set[int]
    future: Any = None


class BatchSize:
    """The number of runs for the next batch: one at first, then as many as take `BATCH_SECONDS`."""

    def __init__(self) -> None:
        self._runs = 1

    def next(self, pending: int | None, slots: int) -> int:
        """Return it; towards the end of a plan of known size, no worker gets much more than its share."""
        share = MOST_RUNS if pending is None else max(1, pending // (2 * max(1, slots)))
        return min(self._runs, share)

    def learn(self, runs: int, seconds: float) -> None:
        """Take the duration of a batch into account."""
        if runs:
            fitting = int(BATCH_SECONDS * runs / max(seconds, 1e-6))
            self._runs = max(1, min(fitting, GROWTH * max(runs, self._runs // GROWTH), MOST_RUNS))
