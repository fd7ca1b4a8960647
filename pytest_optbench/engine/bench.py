"""Where the runs of one job are executed: claim, look again, attempt, publish. One bench for each worker process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from . import scratch
from .attempt import Attempt, outcome_of
from .capture import Capture
from .events import EventKind
from .failure import describe
from .isolation import isolator
from .outcome import BUSY, SKIPPED, Ending, Outcome
from .records import Provenance, RunRecord, Status
from .runtime import CancelToken

if TYPE_CHECKING:
    from .job import Job
    from .plan import Task
    from .store.protocol import Draft, Store

Tell = Callable[..., object]  # (kind, run_id, message, **details): what happens inside runs, as it happens


class Bench:
    """Executes runs of one job in this process, as many at once as threads call it."""

    def __init__(self, job: Job, store: Store, token: CancelToken, tell: Tell | None = None) -> None:
        self.job = job
        self.store = store
        self.token = token
        self.process = os.getpid()
        self.context = isolator(job.context)
        self._tell = tell
        self._provenance = Provenance.here(job.operation.ref, job.code_hash)

    @classmethod
    def open(cls, job: Job, token: CancelToken, tell: Tell | None = None) -> Self:
        """Open the job's store in this process."""
        return cls(job, job.store.open(), token, tell if job.listened else None)

    def attempt(self, task: Task, started: Callable[[Task], object] | None = None) -> Outcome:
        """Execute one run, unless somebody else is at it or has done it; `started` is told before it begins."""
        begun = self.begin(task)
        if isinstance(begun, Outcome):
            return begun
        if started is not None:
            started(task)
        begun.operate()
        return begun.finish()

    def begin(self, task: Task) -> Attempt | Outcome:
        """Take the claim on a run; an outcome says why there is nothing to execute."""
        try:
            if not self.store.claim(task.run_id):
                return BUSY
        except Exception as error:  # noqa: BLE001 - a store that cannot even claim stores nothing
            return Outcome(Ending.UNSTORED, error=describe(error))
        try:
            # The set of finished runs was read once, before the sweep: somebody may have finished this one since.
            if self.job.resume and self.store.is_finished(task.run_id):
                return self.release(task, SKIPPED)
        except Exception as error:  # noqa: BLE001 - where nobody can tell, a failure must not take a success's place
            return self.release(task, Outcome(Ending.UNSTORED, error=describe(error)))
        try:
            return Attempt(self, task, self.store.draft(task.run_id))
        except Exception as error:  # noqa: BLE001 - the run did not begin, and its record may still be possible
            return self.release(task, self.store_failure(task, describe(error)))

    def reject(self, task: Task, error: dict[str, Any]) -> Outcome:
        """Record the failure of a run that no worker could execute."""
        return self._under_claim(task, lambda: self.store_failure(task, error))

    def bury(self, task: Task, since: datetime, status: Status, error: dict[str, Any]) -> Outcome:
        """Record the end of a run whose worker died while it was on it, `since` then, and remove its scratch folder.

        What the dead worker published itself, unable to say so any more, stands.
        """
        scratch.sweep()

        def post_mortem() -> Outcome:
            if self.store.run_exists(task.run_id):
                record = self.store.get_run_record(task.run_id)
                if record.started_at >= since:
                    return outcome_of(record, detailed=self.job.listened)
            return self.store_failure(task, error, started=since, status=status)

        return self._under_claim(task, post_mortem)

    def record(self, task: Task, **told: Any) -> RunRecord:
        """Return the record of one attempt at a run."""
        bundle = task.seeds
        return RunRecord(
            run_id=task.run_id,
            experiment_id=self.job.experiment_id,
            context_fingerprint=self.job.context_fp,
            params_fingerprint=task.params_fp,
            seed_fingerprint=task.seed_fp,
            # A clock that was set back must not make a run end before it began.
            finished_at=max(told["started_at"], datetime.now(UTC)),
            provenance=self._provenance,
            params_resolved=task.params,
            tags=task.tags,
            metadata={
                "case_id": task.case_id,
                "root_seed": bundle.root_seed,
                "replicate_index": bundle.replicate_index,
            },
            **told,
        )

    def store_failure(
        self,
        task: Task,
        error: dict[str, Any],
        *,
        started: datetime | None = None,
        status: Status = Status.FAILED,
    ) -> Outcome:
        """Publish a record of nothing but an error; an outcome that says unstored if not even that is possible."""
        began = started or datetime.now(UTC)
        elapsed = max(0.0, (datetime.now(UTC) - began).total_seconds() * 1000.0)
        try:
            draft = self.store.draft(task.run_id)
            told = {"status": status, "started_at": began, "duration_ms": elapsed, "error": error}
            self.store.publish(draft, self.record(task, **told, **Capture(draft).close()))
        except Exception as second:  # noqa: BLE001 - the first error is the one to tell
            return Outcome(Ending.UNSTORED, elapsed, error, notices=(f"not recorded: {second}",))
        return Outcome(ENDED[status], elapsed, error)

    def discard(self, draft: Draft) -> None:
        """Drop a draft, as far as the disk allows: the next attempt starts with an empty one anyhow."""
        with contextlib.suppress(Exception):  # told by the failure that made us discard it
            self.store.discard(draft)

    def release(self, task: Task, outcome: Outcome) -> Outcome:
        """Give the claim back; a claim that stays is noted, and ends with this process."""
        try:
            self.store.release(task.run_id)
        except Exception as error:  # noqa: BLE001 - the run itself is stored
            notice = f"its claim was not given back: {error}"
            return Outcome(outcome.ending, outcome.duration_ms, outcome.error, outcome.metrics, (notice,))
        return outcome

    def listener_for(self, run_id: str) -> Tell | None:
        """Return where a run's capture tells of artifacts and log lines, if anybody listens."""
        tell = self._tell
        if tell is None:
            return None
        return lambda kind, message, /, **details: tell(EventKind(kind), run_id, message, **details)

    def _under_claim(self, task: Task, action: Callable[[], Outcome]) -> Outcome:
        try:
            if not self.store.claim(task.run_id):
                return BUSY
        except Exception as error:  # noqa: BLE001 - as above
            return Outcome(Ending.UNSTORED, error=describe(error))
        try:
            return self.release(task, action())
        except Exception as error:  # noqa: BLE001 - as above
            return self.release(task, Outcome(Ending.UNSTORED, error=describe(error)))


ENDED = {Status.FAILED: Ending.FAILED, Status.CANCELLED: Ending.CANCELLED}
