"""A metalab whose worker processes do everything again."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import ProcessExecutor
from pytest_optbench.engine import run as _run


def run(experiment: Any, *, executor: Any = None, **keywords: Any) -> Any:
    """Run, and resume in threads only."""
    if isinstance(executor, ProcessExecutor):
        keywords["resume"] = False
    return _run(experiment, executor=executor, **keywords)
