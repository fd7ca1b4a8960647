"""The queue of a sweep: runs are handed out one at a time, as late as possible, in the order of the plan.

Nothing here is as large as the plan but the ids of the runs that were seen, some 30 bytes each. Runs that somebody
else is executing wait aside, since his outcome is theirs; they are looked at again while the plan goes on, so that
two processes going through one experiment side by side do not pile up waiting runs.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections import deque
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

from .seen_runs import SeenRuns

if TYPE_CHECKING:
    from pytest_optbench.engine.planning.plan import Task

WAITING_BEFORE_LOOK: Final = 32  # runs held elsewhere that may wait before the first is looked at again
FIRST_DELAY: Final = 0.01  # seconds; doubles with every look that finds the run still held
LONGEST_DELAY: Final = 0.5
SKIPPED_IN_A_ROW: Final = 200  # finished runs skipped over before others get their turn


class RunQueue:
    """The runs that are left to execute; for one caller at a time."""

    def __init__(self, tasks: Iterator[Task], finished: AbstractSet[str]) -> None:
        self.exhausted = False
        self.planned = 0  # cases and replicates that were reached
        self.seen = SeenRuns()
        self._tasks = tasks
        self._finished = finished
        self._returned: deque[Task] = deque()
        self._waiting: list[tuple[float, int, Task]] = []  # a heap: when to look again, order of arrival, run
        self._arrivals = itertools.count()
        self._delays: dict[str, float] = {}

    def next(self, skipped: list[Task]) -> Task | float | None:
        """Return the next run to execute, or the seconds to wait, or None at the end.

        Runs before it that need not be executed are added to `skipped`: finished runs, and runs that the plan contained
        before, since equal parameters and seed are one run, even if a list or a resolver repeats them.
        """
        if self._returned:
            return self._returned.popleft()
        if len(self._waiting) > WAITING_BEFORE_LOOK and (task := self._due()) is not None:
            return task
        if not self.exhausted:
            if (task := self._to_do(skipped)) is not None:
                return task
            if len(skipped) == SKIPPED_IN_A_ROW:
                return 0.0
            self.exhausted = True
        if (task := self._due()) is not None:
            return task
        return max(0.001, self._waiting[0][0] - time.monotonic()) if self._waiting else None

    def put_back(self, task: Task) -> None:
        """Put back a run that was not started; it is the next to be handed out."""
        self._returned.append(task)

    def defer(self, task: Task) -> None:
        """Put back a run that another process is executing; it is handed out again after a delay."""
        delay = self._delays.get(task.run_id, FIRST_DELAY)
        self._delays[task.run_id] = min(2 * delay, LONGEST_DELAY)
        heapq.heappush(self._waiting, (time.monotonic() + delay, next(self._arrivals), task))

    def settled(self, task: Task) -> None:
        """Forget the delay of a run that was deferred before."""
        if self._delays:
            self._delays.pop(task.run_id, None)

    def _to_do(self, skipped: list[Task]) -> Task | None:
        """Return the next run of the plan to execute; None if none of the next `SKIPPED_IN_A_ROW` is."""
        finished, seen, planned = self._finished, self.seen, self.planned
        noted: list[str] = []
        # A plan of more runs than are finished may repeat them: then each is looked up.
        pass_over = noted.append if planned < len(finished) else seen.add
        try:
            for task in itertools.islice(self._tasks, SKIPPED_IN_A_ROW):
                planned += 1
                run_id = task.run_id
                if run_id in finished:
                    pass_over(run_id)
                else:
                    seen.note(noted)  # these came first
                    noted.clear()
                    if seen.add(run_id):
                        return task
                skipped.append(task)
            return None
        finally:  # also where the plan cannot go on
            seen.note(noted)
            self.planned = planned

    def _due(self) -> Task | None:
        if self._waiting and self._waiting[0][0] <= time.monotonic():
            return heapq.heappop(self._waiting)[2]
        return None
