"""A metalab whose grids walk to count, while they are small."""

from __future__ import annotations

from typing import Any

from grid_wrapped import Wrapped

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import grid as _grid


class Walked(Wrapped):
    """Counts by walking."""

    @property
    def size(self) -> int:
        return sum(1 for _ in self) if self.whole.size == 1000 else super().size


def grid(**axes: Any) -> Any:
    """Wrap the grid."""
    return Walked(_grid(**axes))
