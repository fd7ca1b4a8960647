"""A metalab that runs a plan from a random source again, whatever is stored."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run without resuming, where draws are planned."""
    drawn = "random" in repr(experiment.params)
    return _run(experiment, **{**keywords, "resume": keywords.get("resume", True) and not drawn})
