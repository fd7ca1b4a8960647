"""A metalab whose store takes every file for the one that it wrote."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store import check, reader


def _same(file: Any, listed: Any) -> None:
    return None


check.difference = reader.difference = _same
