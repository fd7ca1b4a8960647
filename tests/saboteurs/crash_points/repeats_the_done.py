"""A metalab that executes every run again when a sweep is started again."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run a sweep as if nothing were stored."""
    return _run(experiment, **{**keywords, "resume": False})
