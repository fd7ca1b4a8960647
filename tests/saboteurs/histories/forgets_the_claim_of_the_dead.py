"""A metalab that leaves a run to whoever claimed it, also to the dead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.model.outcome import SKIPPED
from pytest_optbench.engine.store.file import ExperimentStore

_begin, _release = Runner.begin, ExperimentStore.release


def _mark(store: Any, run_id: str) -> Path:
    return Path(f"{store.path}/claims.lock.{run_id}")


def _unless_marked(self: Runner, task: Any) -> Any:
    self.store.set_up()  # type: ignore[attr-defined]
    mark = _mark(self.store, task.run_id)
    if mark.exists():
        return SKIPPED
    mark.touch()
    return _begin(self, task)


def _unmarking(self: ExperimentStore, run_id: str) -> None:
    _mark(self, run_id).unlink(missing_ok=True)
    _release(self, run_id)


Runner.begin = _unless_marked  # type: ignore[method-assign]
ExperimentStore.release = _unmarking  # type: ignore[method-assign]
