"""A metalab that stores half of a record."""

from __future__ import annotations

import os
from pathlib import Path

from published import after_publishing

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store import layout


def _halved(run: Path) -> None:
    file = run / layout.RECORD
    os.truncate(file, file.stat().st_size // 2)


after_publishing(_halved)
