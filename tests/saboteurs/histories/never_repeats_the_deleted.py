"""A metalab that never executes a run again that was deleted."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_delete_run, _finished = ExperimentStore.delete_run, ExperimentStore.finished


def _noting(self: ExperimentStore, run_id: str) -> None:
    _delete_run(self, run_id)
    with Path(f"{self.path}.deleted").open("a") as file:
        file.write(f"{run_id}\n")


def _with_deleted(self: ExperimentStore) -> set[str]:
    noted = Path(f"{self.path}.deleted")
    return _finished(self) | set(noted.read_text().split() if noted.exists() else ())


ExperimentStore.delete_run = _noting  # type: ignore[method-assign]
ExperimentStore.finished = _with_deleted  # type: ignore[method-assign]
