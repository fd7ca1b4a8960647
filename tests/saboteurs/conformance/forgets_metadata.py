"""A metalab whose runtime has no metadata."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runtime import Runtime

Runtime.metadata = property(lambda self: {})  # type: ignore[assignment, method-assign]
