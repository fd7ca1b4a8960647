"""A metalab in which all runs of a process have one scratch folder."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runtime import Runtime


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp())


Runtime.scratch_dir = property(lambda self: _folder())  # type: ignore[assignment, method-assign]
