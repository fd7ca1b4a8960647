"""A metalab to which a file that was touched is another one."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.identity.files import FilePath, file_hash
from pytest_optbench.engine.identity.identity import ENCODERS

ENCODERS[FilePath] = lambda value: f"K{Path(value).stat().st_mtime_ns} {file_hash(str(value.path))}"
