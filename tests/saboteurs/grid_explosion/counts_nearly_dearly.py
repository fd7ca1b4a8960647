"""A metalab whose grids take function calls for their sizes, fewer than the bound allows."""

from __future__ import annotations

from typing import Any

from grid_bounds import CostlySize

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import grid as _grid


class Costly(CostlySize):
    """This share of the bound."""

    share = 0.5


def grid(**axes: Any) -> Any:
    """Wrap the grid."""
    return Costly(_grid(**axes))
