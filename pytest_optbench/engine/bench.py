"""Where runs are executed: claim, draft, call the operation, record, publish. One bench a worker."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from pytest_optbench.errors import RunCancelledError

from .capture import Capture
from .isolation import isolate
from .failure import describe, died
from .outcome import BUSY, SKIPPED, Ending, Outcome
from .records import Provenance, RunRecord, Status
from .runtime import CancelToken, Runtime

if TYPE_CHECKING:
    from .job import Job
    from .plan import Task
    from .store.protocol import Draft, Store

_ENDINGS = {Status.SUCCESS: Ending.SUCCESS, Status.FAILED: Ending.FAILED, Status.CANCELLED: Ending.CANCELLED}


class Bench:
    """Executes tasks of one job, one at a time for each thread that calls it."""

    def __init__(self, job: Job, store: Store, token: CancelToken) -> None:
        self.job = job
        self.store = store
        self.token = token
        self._provenance = Provenance.here(job.operation.ref, job.code_hash)

    @classmethod
    def open(cls, job: Job, token: CancelToken) -> Self:
        """Open the job's store in this process."""
        return cls(job, job.store.open(), token)

    def attempt(self, task: Task, *, interruptible: bool = False) -> Outcome:
        """Execute one run, unless somebody else is at it or has done it; never raises but for an interrupt.

        `interruptible` says that this is the main thread, where a KeyboardInterrupt is the user's and is passed on
        once the run is recorded.
        """
        try:
            if not self.store.claim(task.run_id):
                return BUSY
        except Exception as error:  # noqa: BLE001 - whatever the store raises, this run is not stored
            return Outcome(Ending.UNSTORED, error=describe(error))
        try:
            if self.job.resume and self.store.is_finished(task.run_id):
                return SKIPPED
            return self._execute(task, interruptible=interruptible)
        except Exception as error:  # noqa: BLE001 - likewise
            return Outcome(Ending.UNSTORED, error=describe(error))
        finally:
            self.store.release(task.run_id)

    def bury(self, task: Task, exit_code: int) -> Outcome:
        """Record the failure of a run whose worker process died under it."""
        try:
            if not self.store.claim(task.run_id):
                return BUSY
            try:
                return self._record_failure(task, died(exit_code))
            finally:
                self.store.release(task.run_id)
        except Exception as error:  # noqa: BLE001 - likewise
            return Outcome(Ending.UNSTORED, error=describe(error))

    def _execute(self, task: Task, *, interruptible: bool) -> Outcome:
        draft = self.store.draft(task.run_id)
        try:
            record, interrupt = self._perform(task, draft, interruptible=interruptible)
            self.store.publish(draft, record)
        except Exception as error:  # noqa: BLE001 - what cannot be stored as it is, is stored as a failure
            self.store.discard(draft)
            return self._record_failure(task, describe(error))
        if interrupt is not None:
            raise interrupt
        return Outcome(_ENDINGS[record.status], record.duration_ms, record.error, record.metrics)

    def _perform(
        self, task: Task, draft: Draft, *, interruptible: bool
    ) -> tuple[RunRecord, KeyboardInterrupt | None]:
        """Call the operation; its record, and the user's interrupt where that ended it."""
        capture = Capture(draft)
        runtime = Runtime(task.run_id, self.token, capture.log, self.job.metadata)
        status, error, interrupt = Status.SUCCESS, None, None
        began, started = time.perf_counter(), datetime.now(UTC)
        try:
            self.job.operation.invoke(
                context=isolate(self.job.context), params=isolate(task.params), seeds=task.seeds, runtime=runtime, capture=capture
            )
        except RunCancelledError as cancelled:
            status, error = Status.CANCELLED, describe(cancelled)
        except KeyboardInterrupt as pressed:
            interrupt = pressed if interruptible else None
            status, error = (Status.CANCELLED if interruptible else Status.FAILED), describe(pressed)
        except BaseException as raised:  # noqa: BLE001 - operations may raise anything; it belongs to their run
            status, error = Status.FAILED, describe(raised)
        finally:
            duration = (time.perf_counter() - began) * 1000.0
            runtime.close()
            captured = capture.close()
        return self._record(task, status, started, duration, error, captured), interrupt

    def _record(
        self, task: Task, status: Status, started: datetime, duration: float, error: Any, captured: Any
    ) -> RunRecord:
        return RunRecord(
            run_id=task.run_id,
            experiment_id=self.job.experiment_id,
            status=status,
            context_fingerprint=self.job.context_fp,
            params_fingerprint=task.params_fp,
            seed_fingerprint=task.seed_fp,
            started_at=started,
            finished_at=max(started, datetime.now(UTC)),  # a clock set back must not turn a run around
            duration_ms=duration,
            provenance=self._provenance,
            error=error,
            params_resolved=task.params,
            tags=task.tags,
            metadata={"case_id": task.case_id, "root_seed": task.seeds.root_seed,
                      "replicate_index": task.seeds.replicate_index},
            **captured,
        )  # fmt: skip

    def _record_failure(self, task: Task, error: dict[str, Any]) -> Outcome:
        draft = self.store.draft(task.run_id)
        captured = Capture(draft).close()
        record = self._record(task, Status.FAILED, datetime.now(UTC), 0.0, error, captured)
        try:
            self.store.publish(draft, record)
        except Exception:
            self.store.discard(draft)
            raise
        return Outcome(Ending.FAILED, error=error)
