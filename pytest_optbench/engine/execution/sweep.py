"""One sweep under way: hands out its runs, receives their outcomes, counts and announces both."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.engine.model.counters import RunCounters, RunStatus
from pytest_optbench.engine.model.events import LOGGER, SKIPPED_BECAUSE, Announcer, EventKind
from pytest_optbench.engine.model.failure import describe, one_line
from pytest_optbench.engine.model.outcome import Ending, RunOutcome
from pytest_optbench.engine.planning.isolation import private_copy

from .queue import RunQueue
from .runtime import CancelToken

if TYPE_CHECKING:
    from pytest_optbench.engine.planning.plan import Task
    from pytest_optbench.engine.store.protocol import Store

    from .sweep_spec import SweepSpec

GIVE_UP_AFTER: Final = 5  # runs in a row that could not be stored, for each worker: the disk is not coming back
PROGRESS_EVERY: Final = 0.2  # seconds between progress events
NOTED: Final = 100  # lost runs and notices kept to be shown; a million would be no clearer

_ANNOUNCED: Final = {
    Ending.SUCCESS: EventKind.RUN_FINISHED,
    Ending.FAILED: EventKind.RUN_FAILED,
    Ending.UNSTORED: EventKind.RUN_FAILED,
    Ending.CANCELLED: EventKind.RUN_CANCELLED,
}


class Sweep:
    """The runs of one call of `run`; `take`, `put_back`, `started` and `settle` are for one caller at a time."""

    def __init__(
        self, spec: SweepSpec, tasks: Iterator[Task], finished: set[str], total: int | None, announcer: Announcer
    ) -> None:
        self.spec = spec
        self.token = CancelToken()
        self.announcer = announcer
        self.queue = RunQueue(tasks, finished)
        self.workers = 1
        self.level = logging.INFO  # at which the end is logged
        self.lost: list[str] = []  # runs that could not be stored, and why: the first hundred
        self.lost_count = 0
        self.notices: list[str] = []  # the first hundred
        self.error: BaseException | None = None  # why the sweep ended early
        self._counters = RunCounters(total)
        self._under_way: set[str] = set()
        self._lost_in_a_row = 0
        self._told = 0.0

    def status(self) -> RunStatus:
        """Return the counts as they are now."""
        return self._counters.status()

    def take(self) -> Task | float | None:
        """Return the next run to execute, or the seconds after which to ask again, or None: there is no more."""
        if self.token.is_cancelled:
            return None
        skipped: list[Task] = []
        order: Task | float | None = None
        try:
            order = self.queue.next(skipped)
        except Exception as error:  # noqa: BLE001 - a plan that cannot go on ends the sweep; result() raises it
            self.abort(error)
        self._skip(skipped)
        if self.queue.exhausted:
            self._counters.planned(self.queue.planned)
        return order

    def put_back(self, task: Task) -> None:
        """Put back a run that was taken and not started."""
        self.queue.put_back(task)

    def started(self, task: Task) -> None:
        """Count and announce a run whose claim is held and whose execution begins."""
        self._under_way.add(task.run_id)
        self._counters.started()
        if self.announcer:
            self.announcer.tell(EventKind.RUN_STARTED, task.run_id, **_about(task))

    def settle(self, task: Task, outcome: RunOutcome) -> None:
        """Count and announce the outcome of a run that was taken."""
        ending = outcome.ending
        counted = None if ending in (Ending.BUSY, Ending.SKIPPED) else ending.counted
        if task.run_id in self._under_way:
            self._under_way.remove(task.run_id)
            self._counters.ended(counted)
        elif counted is not None:
            self._counters.started()
            self._counters.ended(counted)
        if ending is Ending.BUSY:
            self.queue.defer(task)
            return
        self.queue.settled(task)
        self._note(task, outcome)
        if ending is Ending.SKIPPED:
            self._skip([task])
        else:
            self._announce(task, outcome)

    def end(self) -> None:
        """Log and announce the end, after the last worker has left; nothing is announced later."""
        status = self.status()
        LOGGER.log(self.level, "%s is over: %s", self.spec.experiment_id, status)
        self.announcer.tell(EventKind.PROGRESS, is_over=True, current=status.done, **status.as_dict())

    def close(self, store: Store) -> None:
        """Close the store of a worker pool that ends; an error is a notice, for what was published is stored."""
        try:
            store.close()
        except Exception as error:  # noqa: BLE001 - nothing may keep `result()` from returning
            LOGGER.warning("%s: %s", self.spec.experiment_id, error)
            self.notices.append(str(error))

    def abort(self, error: BaseException) -> None:
        """End the sweep because of `error`: nothing new starts, and `result()` raises it."""
        self.error = self.error or error
        self.token.cancel()

    def _note(self, task: Task, outcome: RunOutcome) -> None:
        for notice in outcome.notices:
            LOGGER.warning("run %s: %s", task.run_id, notice)
            self.notices.append(f"run {task.run_id}: {notice}")
        del self.notices[NOTED:]
        if outcome.ending is not Ending.UNSTORED:
            self._lost_in_a_row = 0
            return
        self._lost_in_a_row += 1
        self.lost_count += 1
        if len(self.lost) < NOTED:
            self.lost.append("; ".join([f"run {task.run_id}: {one_line(outcome.error)}", *outcome.notices]))
        if self._lost_in_a_row >= GIVE_UP_AFTER * self.workers:
            self.token.cancel()

    def _skip(self, skipped: Sequence[Task]) -> None:
        if not self.announcer:
            self._counters.skipped(len(skipped))
            return
        for task in skipped:
            self._counters.skipped(1)
            self.announcer.tell(EventKind.RUN_SKIPPED, task.run_id, reason=SKIPPED_BECAUSE, **_about(task))
            self._tell_progress()

    def _announce(self, task: Task, outcome: RunOutcome) -> None:
        if not self.announcer:
            return
        self.announcer.tell(
            _ANNOUNCED[outcome.ending],
            task.run_id,
            one_line(outcome.error),
            **_about(task),
            metrics=outcome.metrics or {},
            duration_ms=outcome.duration_ms,
            **(
                {}
                if outcome.error is None
                else {"error": outcome.error["message"], "error_type": outcome.error["type"]}
            ),
        )
        self._tell_progress()

    def _tell_progress(self) -> None:
        now = time.monotonic()
        status = self.status()
        if now - self._told >= PROGRESS_EVERY or status.done == status.total:
            self._told = now
            self.announcer.tell(EventKind.PROGRESS, is_over=False, current=status.done, **status.as_dict())


def _about(task: Task) -> dict[str, Any]:
    """Return the details of a run for its event; copies, since other replicates share the parameters."""
    try:
        params = private_copy(task.params)
    except Exception as error:  # noqa: BLE001 - the run fails of it, and says so
        params = {name: f"<cannot be copied: {one_line(describe(error))}>" for name in task.params}
    return {"params": params, "tags": task.tags, "case_id": task.case_id}
