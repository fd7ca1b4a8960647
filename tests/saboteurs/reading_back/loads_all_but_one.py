"""A metalab in which `load_results` misses a run."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import load_results as _load_results


def load_results(store: Any, experiment_id: str | None = None) -> Any:
    """Load all runs but the last."""
    return _load_results(store, experiment_id)[:-1]
