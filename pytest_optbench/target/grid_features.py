"""The optional parts of a module's grids, found by trying a grid of two points."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any


def _slices(grid: Any) -> bool:
    try:
        return len(list(grid[0:1])) == 1
    except (TypeError, AttributeError):
        return False


def grid_features(module: ModuleType) -> Iterator[str]:
    """Yield the optional parts of the module's grids, beyond iteration."""
    try:
        grid = module.grid(a=[1, 2])
        offered = {
            "length": hasattr(grid, "__len__"),
            "indexing": hasattr(grid, "__getitem__"),
            "size": hasattr(grid, "size"),
            "slicing": _slices(grid),
            "sharding": hasattr(grid, "shard"),
            "sampling": hasattr(grid, "sample"),
            "conditions": hasattr(grid, "when"),
        }
    except Exception:  # noqa: BLE001 - a grid that cannot be made offers nothing; scenarios will report it
        return
    yield from (feature for feature, is_offered in offered.items() if is_offered)
