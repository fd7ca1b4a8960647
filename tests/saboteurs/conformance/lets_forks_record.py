"""A metalab in which a process that an operation forked records the run as well."""

from __future__ import annotations

import os
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runner import Runner


def _ignored(self: Runner, process: Any) -> None:
    """Whoever asks is the process of the runner."""


Runner.process = property(lambda self: os.getpid(), _ignored)  # type: ignore[assignment]
