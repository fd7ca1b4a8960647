"""A metalab that takes a run that was begun for done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.store.file import ExperimentStore

_begin, _finished = Runner.begin, ExperimentStore.finished


def _begun(store: Any) -> Path:
    return Path(f"{store.path}.begun")


def _noted(self: Runner, task: Any) -> Any:
    with _begun(self.store).open("a") as file:
        file.write(f"{task.run_id}\n")
    return _begin(self, task)


def _with_begun(self: ExperimentStore) -> set[str]:
    begun = _begun(self).read_text().split() if _begun(self).exists() else []
    return _finished(self) | set(begun)


Runner.begin = _noted  # type: ignore[method-assign]
ExperimentStore.finished = _with_begun  # type: ignore[method-assign]
