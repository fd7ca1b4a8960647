"""A metalab that never resumes: what succeeded is executed again."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run everything."""
    return _run(experiment, **{**keywords, "resume": False})
