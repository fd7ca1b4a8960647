"""A metalab to which all code is the same: a changed operation keeps its old results."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.operation import Operation

Operation.code_hash = property(lambda self: "0" * 32)  # type: ignore[assignment, misc]
