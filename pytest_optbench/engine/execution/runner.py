"""Executes the runs of one sweep in this process: claim, look again, attempt, publish."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from pytest_optbench.engine.model.events import EventKind
from pytest_optbench.engine.model.failure import describe
from pytest_optbench.engine.model.outcome import BUSY, SKIPPED, Ending, RunOutcome
from pytest_optbench.engine.model.records import Provenance, RunRecord, Status
from pytest_optbench.engine.planning.isolation import copier, private_copy
from pytest_optbench.engine.store.protocol import VerifyingStore
from pytest_optbench.errors import RunCancelledError

from . import scratch
from .capture import Capture
from .endings import ENDINGS, exit_code, outcome_of
from .returned import NOTHING, what_it_says
from .runtime import CancelToken, Runtime

if TYPE_CHECKING:
    from pytest_optbench.engine.planning.plan import Task
    from pytest_optbench.engine.store.protocol import Draft, Store

    from .sweep_spec import SweepSpec

CLAIM_OF_THE_DEAD = 5.0  # seconds for which the claim of a dead worker is waited for
Tell = Callable[..., object]  # (kind, run_id, message, **details): what happens inside runs, as it happens


class Runner:
    """Executes runs of one sweep in this process, as many at once as threads call it."""

    def __init__(self, spec: SweepSpec, store: Store, token: CancelToken, tell: Tell | None = None) -> None:
        self.spec = spec
        self.store = store
        self.token = token
        self.process = os.getpid()
        self.context = copier(spec.context)
        self._tell = tell
        self._provenance = Provenance.here(spec.operation.ref, spec.code_hash)

    @classmethod
    def open(cls, spec: SweepSpec, token: CancelToken, tell: Tell | None = None) -> Self:
        """Open the store of the sweep in this process."""
        return cls(spec, spec.store.open(), token, tell if spec.listened else None)

    def attempt(self, task: Task, started: Callable[[Task], object] | None = None) -> RunOutcome:
        """Execute one run, unless another process is executing it or has finished it; `started` is called first."""
        begun = self.begin(task)
        if isinstance(begun, RunOutcome):
            return begun
        if started is not None:
            started(task)
        begun.operate()
        return begun.finish()

    def begin(self, task: Task) -> Attempt | RunOutcome:
        """Acquire the claim on a run; an outcome states why there is nothing to execute."""
        try:
            if not self.store.claim(task.run_id):
                return BUSY
        except Exception as error:  # noqa: BLE001 - a store that cannot even claim stores nothing
            return RunOutcome(Ending.UNSTORED, error=describe(error))
        warnings: tuple[str, ...] = ()
        try:
            # The set of finished runs was read once, before the sweep: somebody may have finished this one since.
            if self.spec.resume and self.store.is_finished(task.run_id):
                warnings = self._damage(task.run_id)
                if not warnings:
                    return self.release(task, SKIPPED)
        except Exception as error:  # noqa: BLE001 - in doubt, a failure must not replace a success
            return self.release(task, RunOutcome(Ending.UNSTORED, error=describe(error)))
        try:
            return Attempt(self, task, self.store.draft(task.run_id), warnings)
        except Exception as error:  # noqa: BLE001 - the run did not begin, and its record may still be possible
            return self.release(task, self.store_failure(task, describe(error)))

    def reject(self, task: Task, error: dict[str, Any]) -> RunOutcome:
        """Record the failure of a run that no worker could execute."""
        return self._under_claim(task, lambda: self.store_failure(task, error))

    def record_worker_death(self, task: Task, since: datetime, status: Status, error: dict[str, Any]) -> RunOutcome:
        """Record the failure of a run whose worker died while executing it, and remove its scratch folder.

        A record that the worker published after `since`, the start of the run, is kept.
        """
        scratch.sweep()

        def record_death() -> RunOutcome:
            if self.store.run_exists(task.run_id):
                record = self.store.get_run_record(task.run_id)
                if record.started_at >= since:
                    self.store.is_finished(task.run_id)  # with "power" it is on the disk from here on
                    return outcome_of(record, detailed=self.spec.listened)
            return self.store_failure(task, error, started=since, status=status)

        outcome = self._under_claim(task, record_death)
        waited = 0.0
        while outcome is BUSY and waited < CLAIM_OF_THE_DEAD:  # a server may be slow to notice that the worker is gone
            time.sleep(0.05)
            waited += 0.05
            outcome = self._under_claim(task, record_death)
        return outcome

    def record(self, task: Task, **told: Any) -> RunRecord:
        """Return the record of one attempt at a run."""
        bundle = task.seeds
        return RunRecord(
            run_id=task.run_id,
            experiment_id=self.spec.experiment_id,
            context_fingerprint=self.spec.context_fp,
            params_fingerprint=task.params_fp,
            seed_fingerprint=task.seed_fp,
            # A clock that was set back must not make a run end before it began.
            finished_at=max(told["started_at"], datetime.now(UTC)),
            provenance=self._provenance,
            params_resolved=task.params,
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
        warnings: tuple[str, ...] = (),
    ) -> RunOutcome:
        """Publish a record that holds only an error; return an unstored outcome if that fails, too."""
        began = started or datetime.now(UTC)
        elapsed = max(0.0, (datetime.now(UTC) - began).total_seconds() * 1000.0)
        try:
            draft = self.store.draft(task.run_id)
            told = {"status": status, "started_at": began, "duration_ms": elapsed, "error": error, "tags": task.tags}
            self.store.publish(draft, self.record(task, warnings=warnings, **told, **Capture(draft).close()))
        except Exception as second:  # noqa: BLE001 - the first error is reported
            return RunOutcome(Ending.UNSTORED, elapsed, error, notices=(*warnings, f"not recorded: {second}"))
        return RunOutcome(ENDINGS[status], elapsed, error, notices=warnings)

    def discard(self, draft: Draft) -> None:
        """Remove a draft, as far as the disk allows: the next attempt starts with an empty one."""
        with contextlib.suppress(Exception):  # the failure that led here is reported
            self.store.discard(draft)

    def release(self, task: Task, outcome: RunOutcome) -> RunOutcome:
        """Release the claim; a claim that cannot be released is noted, and ends with this process."""
        try:
            self.store.release(task.run_id)
        except Exception as error:  # noqa: BLE001 - the run itself is stored
            notice = f"its claim was not given back: {error}"
            return replace(outcome, notices=(*outcome.notices, notice))
        return outcome

    def listener_for(self, run_id: str) -> Tell | None:
        """Return the listener that a run's capture reports artifacts and log lines to; None without listeners."""
        tell = self._tell
        if tell is None:
            return None
        return lambda kind, message, /, **details: tell(EventKind(kind), run_id, message, **details)

    def _damage(self, run_id: str) -> tuple[str, ...]:
        """Set a finished run aside where that is asked for and one of its files is damaged; returns what is wrong."""
        damage = None
        if self.spec.resume == "verify" and isinstance(self.store, VerifyingStore):
            damage = self.store.verify(run_id)
        return () if damage is None else (f"done again: {damage}",)

    def _under_claim(self, task: Task, action: Callable[[], RunOutcome]) -> RunOutcome:
        try:
            if not self.store.claim(task.run_id):
                return BUSY
        except Exception as error:  # noqa: BLE001 - as above
            return RunOutcome(Ending.UNSTORED, error=describe(error))
        try:
            return self.release(task, action())
        except Exception as error:  # noqa: BLE001 - as above
            return self.release(task, RunOutcome(Ending.UNSTORED, error=describe(error)))


class Attempt:
    """An attempt whose claim is held: first `operate`, which never raises, then `finish`, which gives the claim back.

    They are apart so that an executor can let operations overlap and do the engine's own work one run at a time.
    """

    __slots__ = (
        "_began",
        "_draft",
        "_duration",
        "_error",
        "_returned",
        "_runner",
        "_started",
        "_status",
        "_warnings",
        "capture",
        "task",
    )

    def __init__(self, runner: Runner, task: Task, draft: Draft, warnings: tuple[str, ...] = ()) -> None:
        self.task = task
        self.capture = Capture(draft, listener=runner.listener_for(task.run_id))
        self._runner = runner
        self._draft = draft
        self._warnings = warnings
        self._status = Status.SUCCESS
        self._error: dict[str, Any] | None = None
        self._returned = NOTHING
        self._started = datetime.now(UTC)
        self._began = time.perf_counter()
        self._duration = 0.0

    @property
    def started(self) -> datetime:
        """When this attempt began, in UTC."""
        return self._started

    def operate(self) -> None:
        """Call the operation; whatever it raises belongs to this run."""
        runner, task = self._runner, self.task
        runtime = Runtime(task.run_id, runner.token, self.capture.hear, runner.spec.metadata)
        self._started, self._began = datetime.now(UTC), time.perf_counter()
        code = 1
        try:
            returned = runner.spec.operation.invoke(
                context=runner.context(),
                params=private_copy(task.params),
                seeds=task.seeds,
                runtime=runtime,
                capture=self.capture,
            )
            self._returned = what_it_says(returned)
            self._status, self._error = self._returned.status, self._returned.error
        except BaseException as error:  # noqa: BLE001 - operations may raise anything, exits and interrupts included
            self.fail(error)
            code = exit_code(error)
        finally:
            self._duration = (time.perf_counter() - self._began) * 1000.0
            if os.getpid() != runner.process:
                os._exit(code)  # a process that the operation forked returned: it must not record its parent's run
            runtime.close()

    def fail(self, error: BaseException) -> None:
        """Make this attempt one that `error` ended: cancelled if it was asked to stop, failed otherwise."""
        asked = self._runner.token.is_cancelled and isinstance(error, RunCancelledError | KeyboardInterrupt)
        self._status = Status.CANCELLED if asked else Status.FAILED
        self._error = describe(error)

    def finish(self) -> RunOutcome:
        """Record and publish; a run that cannot be stored as it is, is stored as failed, or reported unstored."""
        runner = self._runner
        try:
            record = self._record()
            runner.store.publish(self._draft, record)
            outcome = replace(outcome_of(record, detailed=runner.spec.listened), notices=self._warnings)
        except Exception as error:  # noqa: BLE001 - stores raise StoreError; of what else they raise the same is true
            runner.discard(self._draft)
            outcome = self._store_without_captured(error)
        return runner.release(self.task, outcome)

    def _store_without_captured(self, refused: Exception) -> RunOutcome:
        """Record the run without what it captured; its own error counts for more than the refusal to store it."""
        status, error, warnings = self._status, self._error, self._warnings
        if error is None:
            status, error = Status.FAILED, describe(refused)
        else:
            warnings += (f"what was captured is not stored: {refused}",)
        return self._runner.store_failure(self.task, error, started=self._started, status=status, warnings=warnings)

    def _record(self) -> RunRecord:
        captured, returned = self.capture.close(), self._returned
        if returned.metrics:
            captured["metrics"] = {**returned.metrics, **captured["metrics"]}
        return self._runner.record(
            self.task,
            status=self._status,
            started_at=self._started,
            duration_ms=self._duration,
            error=self._error,
            tags=self.task.tags + returned.tags,
            notes=returned.notes,
            warnings=self._warnings,
            **captured,
        )
