"""An operation whose worker processes end before they take a run, once `HOME` is in the environment."""

from __future__ import annotations

import os

import pytest_optbench.engine as metalab
from pytest_optbench.engine.executors import worker_main

HOME = "SAMPLE_HOME"  # environment variable: the process that is to live

if os.environ.get(HOME, str(os.getpid())) != str(os.getpid()):
    worker_main.serve = lambda *_, **__: os._exit(3)


@metalab.operation
def idle() -> None:
    """Nothing."""
