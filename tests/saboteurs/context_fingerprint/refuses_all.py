"""A metalab that refuses every context."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run, without a context alone."""
    if experiment.context:
        raise ValueError(f"context {experiment.context!r} cannot be identified")
    return _run(experiment, **keywords)
