"""A metalab that keeps a stepped metric with a slash in its name, and leaves it out of the list."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.results import Run
from pytest_optbench.engine.store.file import ExperimentStore

_series = ExperimentStore.series


def _listed(self: ExperimentStore, run_id: str) -> Any:
    return {name: points for name, points in _series(self, run_id).items() if "/" not in name}


ExperimentStore.series = _listed  # type: ignore[method-assign]
Run.series = lambda self, name: _series(self._store, self.run_id)[name]  # type: ignore[method-assign]
