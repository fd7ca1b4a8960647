"""A metalab that writes the records of finished runs again each time, in their place."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store import layout
from pytest_optbench.engine.store.file import ExperimentStore

_finished = ExperimentStore.finished


def _rewriting(self: ExperimentStore) -> set[str]:
    found = _finished(self)
    for run_id in found:
        record = Path(layout.run_path(self.path, run_id), layout.RECORD)
        record.write_bytes(record.read_bytes())
    return found


ExperimentStore.finished = _rewriting  # type: ignore[method-assign]
