"""A metalab that keeps the first 1500 points of a series."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.reader import ExperimentReader

_series = ExperimentReader.series


def _first(self: ExperimentReader, run_id: str) -> Any:
    return {name: (steps[:1500], values[:1500]) for name, (steps, values) in _series(self, run_id).items()}


ExperimentReader.series = _first  # type: ignore[method-assign]
