"""What becomes of runs whose worker process died, or whose Dask worker was lost."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pytest_optbench.engine.execution.endings import outcome_of
from pytest_optbench.engine.executors.dispatcher import death as death_of
from pytest_optbench.engine.model.failure import lost
from pytest_optbench.engine.model.outcome import SKIPPED, RunOutcome
from pytest_optbench.engine.model.records import Status

from .messages import Death

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.runner import Runner
    from pytest_optbench.engine.planning.plan import Task

MAX_LOSSES: Final = 3  # Dask workers that may be lost with a run before it is recorded as failed


class LostRuns:
    """Decides on the runs of one sweep, by what the store has of them."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._began = datetime.now(UTC)
        self._losses: Counter[str] = Counter()

    def died(self, task: Task, death: Death, *, killed: bool) -> RunOutcome:
        """Record the failure of a run whose worker process died, unless the run had ended."""
        if death.since is None and self._runner.spec.resume and self._runner.store.is_finished(task.run_id):
            return SKIPPED
        status, error = death_of(death.exit_code, killed=killed)
        return self._runner.record_worker_death(task, death.since or self._began, status, error)

    def lost(self, task: Task, *, suspected: bool) -> RunOutcome | None:
        """Return the outcome of a run whose Dask worker was lost; None for one that is to be executed again.

        One that too many workers were lost with is recorded as failed, where it is `suspected` to have ended them.
        """
        stored = self._stored(task)
        if stored is not None:
            return stored
        self._losses[task.run_id] += suspected
        if self._losses[task.run_id] < MAX_LOSSES:
            return None
        return self._runner.record_worker_death(task, self._began, Status.FAILED, lost(MAX_LOSSES))

    def _stored(self, task: Task) -> RunOutcome | None:
        """Return the outcome of a run that was stored since the sweep began."""
        store = self._runner.store
        if not store.run_exists(task.run_id):
            return None
        record = store.get_run_record(task.run_id)
        return outcome_of(record, detailed=self._runner.spec.listened) if record.started_at >= self._began else None
