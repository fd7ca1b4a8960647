"""A metalab that plans everything before it runs anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run the cases of a list."""
    return _run(replace(experiment, params=list(experiment.params)), **keywords)
