"""A metalab whose samples begin with the first or the last case."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.grids import source


class _Ends(source.Shuffled):
    def __init__(self, total: int, size: int, seed: int) -> None:
        super().__init__(total, size, seed)
        whole = [self._permutation[index] for index in range(total)] if total < 100 else []
        self._order: Any = sorted(whole, key=lambda place: place not in (0, total - 1))

    def __getitem__(self, index: int) -> int:
        return self._order[index] if self._order else super().__getitem__(index)


source.Shuffled = _Ends  # type: ignore[misc]
