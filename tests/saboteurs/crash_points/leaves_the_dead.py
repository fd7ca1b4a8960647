"""A metalab that moves what dead processes left out of its way, and never removes it."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store import folder


def _leave(path: str) -> None:
    return None


folder.remove_tree = _leave
