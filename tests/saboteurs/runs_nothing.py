"""A metalab that takes every plan for an empty one."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.plan import Plan

Plan.tasks = lambda _: iter(())  # type: ignore[method-assign]
