"""A metalab that stores a run as a success when it begins, and again when it has ended."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.attempt import Attempt
from pytest_optbench.engine.capture import Capture
from pytest_optbench.engine.records import Status
from pytest_optbench.engine.store.draft import FolderDraft

_operate = Attempt.operate


def _hopeful(self: Attempt) -> None:
    store, task = self._bench.store, self.task
    early: FolderDraft = self._draft  # type: ignore[assignment]
    told = {"status": Status.SUCCESS, "started_at": self._started, "duration_ms": 0.0}
    store.publish(early, self._bench.record(task, **told, **Capture(early).close()))
    self._draft = store.draft(task.run_id)
    self.capture = Capture(self._draft)
    _operate(self)


Attempt.operate = _hopeful  # type: ignore[method-assign]
