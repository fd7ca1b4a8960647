"""A metalab that takes a grid with repeated values, and goes through every plan twice."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run
from pytest_optbench.grids import factors

factors.first_repeated = lambda values: None  # type: ignore[assignment]


def run(experiment: Any, **keywords: Any) -> Any:
    """Run, and once more."""
    _run(experiment, **keywords).result()
    return _run(experiment, **{**keywords, "resume": False})
