"""A metalab that executes the cases of a plan from the last to the first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run
from pytest_optbench.grids.source import Source


def run(experiment: Any, **keywords: Any) -> Any:
    """Run its own sources backwards."""
    if isinstance(experiment.params, Source):
        experiment = replace(experiment, params=experiment.params[::-1])
    return _run(experiment, **keywords)
