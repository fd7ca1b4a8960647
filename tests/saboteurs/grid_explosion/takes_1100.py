"""A metalab that takes 1100 cases of a plan before its first run."""

from __future__ import annotations

from typing import Any

from grid_bounds import taking_ahead

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run what is taken ahead."""
    return _run(taking_ahead(experiment, 550), **keywords)
