"""A metalab that takes every record for a success: failed runs are not executed again."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_finished = ExperimentStore.finished


def _with_failures(self: ExperimentStore) -> set[str]:
    return _finished(self) | {record.run_id for record in self.records()}


ExperimentStore.finished = _with_failures  # type: ignore[method-assign]
