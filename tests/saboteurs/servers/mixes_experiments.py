"""A metalab that gives the results of every experiment in a database."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import load_results as _load_results


def load_results(store: Any, experiment_id: str | None = None) -> Any:
    """Load all of them."""
    return _load_results(store)
