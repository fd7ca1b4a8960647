"""A metalab whose `run` returns when all runs have ended, so that no timeout stops a sweep in its midst."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run everything before the handle is given."""
    handle = _run(experiment, **keywords)
    handle.result()
    return handle
