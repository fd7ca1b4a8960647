"""A metalab that refuses every set of parameters by its name."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Refuse what there is to run."""
    for case in experiment.params:
        raise ValueError(f"params {dict(case.params)!r} cannot be identified")
    return _run(experiment, **keywords)
