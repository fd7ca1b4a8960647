"""A metalab whose uniform draws keep to the lower half of their range."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import uniform as _uniform


def uniform(low: float, high: float) -> Any:
    """Draw from the lower half."""
    return _uniform(low, (low + high) / 2)
