"""A view (slice, shard, sample) as a factor of a larger space."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .equality import equality_key
from .factors import LISTED, Values

if TYPE_CHECKING:
    from .source import Source


class ViewFactor:
    """The cases of a source, taken as they are."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.size = source.size
        self.always, self.possible = source.names()

    def fill(self, params: dict[str, Any], index: int) -> None:
        params.update(self.source.case(index).params)

    def holds(self, params: Mapping[str, Any]) -> bool:
        part = {name: params[name] for name in self.possible if name in params}
        return self.size <= LISTED and equality_key(part) in self._keys

    def values(self) -> Iterator[tuple[str, Values]]:
        return self.source.values()

    def keys_of(self, _name: str) -> frozenset[Hashable] | None:
        return None

    def counts(self) -> dict[str, int]:
        return {self.source.describe(): self.size}

    @cached_property
    def _keys(self) -> frozenset[Hashable]:
        return frozenset(equality_key(case.params) for case in self.source)
