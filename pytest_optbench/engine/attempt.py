"""One attempt at one run: call the operation, make its record, publish it. It ends in an outcome, whatever happens."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pytest_optbench.errors import RunCancelledError

from .capture import Capture
from .failure import describe, unexpected_return
from .isolation import isolate
from .outcome import Ending, Outcome
from .records import RunRecord, Status
from .runtime import Runtime

if TYPE_CHECKING:
    from .bench import Bench
    from .plan import Task
    from .store.protocol import Draft

ENDINGS = {Status.SUCCESS: Ending.SUCCESS, Status.FAILED: Ending.FAILED, Status.CANCELLED: Ending.CANCELLED}


class Attempt:
    """An attempt whose claim is held: first `operate`, which never raises, then `finish`, which gives the claim back.

    They are apart so that an executor can let operations overlap and do the engine's own work one run at a time.
    """

    __slots__ = (
        "_began",
        "_bench",
        "_draft",
        "_duration",
        "_error",
        "_notes",
        "_started",
        "_status",
        "capture",
        "task",
    )

    def __init__(self, bench: Bench, task: Task, draft: Draft) -> None:
        self.task = task
        self.capture = Capture(draft, listener=bench.listener_for(task.run_id))
        self._bench = bench
        self._draft = draft
        self._status = Status.SUCCESS
        self._error: dict[str, Any] | None = None
        self._notes: tuple[str, ...] = ()
        self._started = datetime.now(UTC)
        self._began = time.perf_counter()
        self._duration = 0.0

    @property
    def started(self) -> datetime:
        """When this attempt began, in UTC."""
        return self._started

    def operate(self) -> None:
        """Call the operation; whatever it raises belongs to this run."""
        bench, task = self._bench, self.task
        runtime = Runtime(task.run_id, bench.token, self.capture.log, bench.job.metadata)
        self._started, self._began = datetime.now(UTC), time.perf_counter()
        code = 1
        try:
            returned = bench.job.operation.invoke(
                context=bench.context(),
                params=isolate(task.params),
                seeds=task.seeds,
                runtime=runtime,
                capture=self.capture,
            )
            self._notes = unexpected_return(returned)
        except BaseException as error:  # noqa: BLE001 - operations may raise anything, exits and interrupts included
            self.fail(error)
            code = _exit_code(error)
        finally:
            self._duration = (time.perf_counter() - self._began) * 1000.0
            if os.getpid() != bench.process:
                os._exit(code)  # a process that the operation forked came back: it must not record its parent's run
            runtime.close()

    def fail(self, error: BaseException) -> None:
        """Make this attempt one that `error` ended: cancelled if it was asked to stop, failed otherwise."""
        asked = self._bench.token.is_cancelled and isinstance(error, RunCancelledError | KeyboardInterrupt)
        self._status = Status.CANCELLED if asked else Status.FAILED
        self._error = describe(error)

    def finish(self) -> Outcome:
        """Record and publish; a run that cannot be stored as it is, is stored as failed, or reported unstored."""
        bench = self._bench
        try:
            record = self._record()
            bench.store.publish(self._draft, record)
            outcome = outcome_of(record, detailed=bench.job.listened)
        except Exception as error:  # noqa: BLE001 - stores raise StoreError; of what else they raise the same is true
            bench.discard(self._draft)
            outcome = bench.store_failure(self.task, describe(error), started=self._started)
        return bench.release(self.task, outcome)

    def _record(self) -> RunRecord:
        captured = self.capture.close()
        return self._bench.record(
            self.task,
            status=self._status,
            started_at=self._started,
            duration_ms=self._duration,
            error=self._error,
            notes=self._notes,
            **captured,
        )


def _exit_code(error: BaseException) -> int:
    """Return the code with which an interpreter ends that nobody keeps from ending by `error`."""
    if not isinstance(error, SystemExit) or not (error.code is None or isinstance(error.code, int)):
        return 1
    return (error.code or 0) & 0xFF


def outcome_of(record: RunRecord, *, detailed: bool) -> Outcome:
    """Return the outcome that a stored record tells."""
    metrics = record.metrics if detailed else None
    return Outcome(ENDINGS[record.status], record.duration_ms, record.error, metrics)
