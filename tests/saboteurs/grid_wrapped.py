"""A grid that saboteurs put in front of the engine's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Wrapped:
    """Passes everything on."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole

    @property
    def size(self) -> int:
        return int(self.whole.size)

    def __getitem__(self, index: int) -> Any:
        return self.whole[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.whole)
