"""A metalab that goes on when it is interrupted."""

from __future__ import annotations

import signal
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, **keywords: Any) -> Any:
    """Run, and hear no SIGINT."""
    if experiment.experiment_id.startswith("resume"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return _run(experiment, **keywords)
