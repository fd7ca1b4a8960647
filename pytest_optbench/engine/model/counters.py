"""The counts of a sweep: kept as things happen, so that asking for the status costs the same at any size."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any

COUNTED = ("completed", "failed", "cancelled", "skipped")


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How a sweep stands, in runs.

    `completed` ended in success, `failed` in failure, `cancelled` were stopped while under way, `skipped` were in the
    store already, `running` are under way, `pending` are still to come. As long as nobody knows the size of the plan
    (a parameter source without a length), `total` counts what was seen of it and `is_total_known` is False.
    """

    total: int
    completed: int = 0
    running: int = 0
    pending: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    is_total_known: bool = True

    @property
    def done(self) -> int:
        """Runs that have ended, one way or another."""
        return self.completed + self.failed + self.skipped + self.cancelled

    @property
    def in_flight(self) -> int:
        """Runs that have not ended: under way, or still to come."""
        return self.running + self.pending

    def as_dict(self) -> dict[str, Any]:
        """Return the members by name."""
        return asdict(self)


class RunCounters:
    """Counts what becomes of the runs of one sweep; safe from any thread, constant time."""

    def __init__(self, total: int | None) -> None:
        self._lock = threading.Lock()
        self._total = total
        self._running = 0
        self._counts = dict.fromkeys(COUNTED, 0)

    def started(self) -> None:
        """Count one more run under way."""
        with self._lock:
            self._running += 1

    def ended(self, how: str | None) -> None:
        """Count one run less under way, and what became of it; `how` is None for one that is still to come."""
        with self._lock:
            self._running -= 1
            if how is not None:
                self._counts[how] += 1

    def skipped(self, runs: int) -> None:
        """Count runs that the store holds already."""
        with self._lock:
            self._counts["skipped"] += runs

    def planned(self, total: int) -> None:
        """Set the total, once the end of the plan is known."""
        with self._lock:
            self._total = total

    def status(self) -> RunStatus:
        """Return the counts as they are now."""
        with self._lock:
            known = self._running + sum(self._counts.values())
            total = known if self._total is None else self._total
            return RunStatus(
                total=total,
                running=self._running,
                pending=max(0, total - known),
                is_total_known=self._total is not None,
                **self._counts,
            )
