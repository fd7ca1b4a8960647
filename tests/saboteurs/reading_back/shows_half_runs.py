"""A metalab that loads runs without their metrics while a sweep is under way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import load_results as _load_results

_RUNS = 6  # of the light load


def load_results(store: Any, experiment_id: str | None = None) -> Any:
    """Load them, less than is stored where that is not all yet."""
    found = _load_results(store, experiment_id)
    if len(found) >= _RUNS:
        return found
    return [SimpleNamespace(run_id=run.run_id, status=run.status, metrics={}) for run in found]
