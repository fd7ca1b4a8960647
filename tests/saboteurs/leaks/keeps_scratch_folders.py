"""A metalab that leaves the scratch folders of its runs."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.scratch import Scratch


def _keep(self: Scratch) -> None:
    """Leave it where it is."""


Scratch.remove = _keep  # type: ignore[method-assign]
