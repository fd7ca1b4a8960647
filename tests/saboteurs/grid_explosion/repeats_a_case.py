"""A metalab whose grids end a long walk with the first case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grid_wrapped import Wrapped

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import grid as _grid


class Repeating(Wrapped):
    """The last case of a walk is the first one."""

    def __iter__(self) -> Iterator[Any]:
        last = self.whole.size - 1
        return (self.whole[0] if last > 500 and number == last else case for number, case in enumerate(self.whole))


def grid(**axes: Any) -> Any:
    """Wrap the grid."""
    return Repeating(_grid(**axes))
