"""A metalab that takes a run that was begun for done."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.attempt import Attempt
from pytest_optbench.engine.store.file import ExperimentStore

_operate, _finished = Attempt.operate, ExperimentStore.finished


def _begun(store: ExperimentStore) -> Path:
    return Path(f"{Path(store.path).parent}.begun")


def _noted(self: Attempt) -> None:
    with _begun(self._bench.store).open("a") as file:  # type: ignore[arg-type]
        file.write(f"{self.task.run_id}\n")
    _operate(self)


def _with_begun(self: ExperimentStore) -> set[str]:
    begun = _begun(self).read_text().split() if _begun(self).exists() else []
    return _finished(self) | set(begun)


Attempt.operate = _noted  # type: ignore[method-assign]
ExperimentStore.finished = _with_begun  # type: ignore[method-assign]
