"""A metalab that hands the planned params themselves to the operation."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution import runner

runner.private_copy = lambda value: value  # type: ignore[attr-defined]
