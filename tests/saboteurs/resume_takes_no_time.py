"""A metalab in which no run takes time, so that no sweep is stopped in its midst."""

from __future__ import annotations

import time
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run, and let nobody sleep."""
    if experiment.experiment_id.startswith("resume"):
        time.sleep = lambda seconds: None
    return _run(experiment, **keywords)
