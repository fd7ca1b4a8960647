"""A metalab that calls functions before a first run as often as there are cases, to the power of 1.2."""

from __future__ import annotations

from typing import Any

from grid_bounds import run_after_calls

from pytest_optbench.engine import *  # noqa: F403


def run(experiment: Any, **keywords: Any) -> Any:
    """Run after many calls."""
    return run_after_calls(experiment, 1.2, **keywords)
