"""A view (slice, shard, sample) as a factor of a larger space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_optbench.grids.factors import Values

if TYPE_CHECKING:
    from pytest_optbench.grids.source import Source


class Points:
    """The cases of a source, taken as they are."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.size = source.size
        self.always, self.possible = source.names()

    def fill(self, params: dict[str, Any], index: int) -> None:
        params.update(self.source.case(index).params)

    def values(self) -> Iterator[tuple[str, Values]]:
        return self.source.values()

    def counts(self) -> dict[str, int]:
        return {self.source.describe(): self.size}
