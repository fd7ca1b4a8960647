"""A metalab whose sweeps in processes start one that does not notice when the sweep is killed."""

from __future__ import annotations

import subprocess
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import ProcessExecutor
from pytest_optbench.engine import run as _run

SECONDS = "15"  # longer than the scenario waits


def run(experiment: Any, *, executor: Any = None, **keywords: Any) -> Any:
    """Run a sweep next to a process of its own."""
    if isinstance(executor, ProcessExecutor):
        subprocess.Popen(["sleep", SECONDS])
    return _run(experiment, executor=executor, **keywords)
