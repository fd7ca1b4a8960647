"""A metalab that executes all runs at once, so that no sweep can be stopped in its midst."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import ThreadExecutor
from pytest_optbench.engine import run as _run


def run(experiment: Any, *, executor: Any = None, **keywords: Any) -> Any:
    """Run in more threads than there are runs."""
    return _run(experiment, executor=ThreadExecutor(64), **keywords)
