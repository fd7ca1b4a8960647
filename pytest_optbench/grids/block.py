"""One branch as an indexed sequence of parameter dicts: a mixed-radix number whose digits pick the values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product, repeat
from typing import Any, TypeAlias

from .factors import Axis
from .tree import Found

Entry: TypeAlias = tuple[str, Any]  # a parameter and its value
CHUNK = 4096  # cases made from one product of short axes; few enough to be skipped when a walk starts inside


class Block:
    """The cases of one branch: the last factor turns fastest."""

    def __init__(self, found: Found) -> None:
        self.factors = found.factors
        self.start = found.start
        self.size = found.size

    def params(self, index: int) -> dict[str, Any]:
        """The parameters of the case at `index` of this branch."""
        params: dict[str, Any] = {}
        later = self.size
        for factor in self.factors:
            later //= factor.size
            digit, index = divmod(index, later)
            factor.fill(params, digit)
        return params

    def walk(self, start: int, stop: int) -> Iterator[dict[str, Any]]:
        """The parameters of the cases from `start` to before `stop`, in order."""
        axes = [factor for factor in self.factors if isinstance(factor, Axis)]
        if len(axes) < len(self.factors):
            return (self.params(index) for index in range(start, stop))
        return _walk_axes(axes, start, stop)


def _walk_axes(axes: Sequence[Axis], start: int, stop: int) -> Iterator[dict[str, Any]]:
    """Walk plain axes: the last ones in C, the others decoded once a chunk."""
    outer, inner, chunk = _split(axes)
    for number in range(start // chunk, -(-stop // chunk)):
        prefix = _entries_at(outer, number)
        low, high = max(start - number * chunk, 0), min(stop - number * chunk, chunk)
        yield from map(dict, map(prefix.__add__, _rows(inner, low, high)))


def _split(axes: Sequence[Axis]) -> tuple[Sequence[Axis], Sequence[Axis], int]:
    """As many of the last axes as fit in a chunk, but at least one, and the number of their combinations."""
    cut, chunk = len(axes) - 1, axes[-1].size
    while cut and chunk * axes[cut - 1].size <= CHUNK:
        cut -= 1
        chunk *= axes[cut].size
    return axes[:cut], axes[cut:], chunk


def _rows(axes: Sequence[Axis], low: int, high: int) -> Iterator[tuple[Entry, ...]]:
    if len(axes) == 1:
        return zip(zip(repeat(axes[0].name), axes[0].items[low:high], strict=False))  # a long range stays a range
    return islice(product(*(zip(repeat(axis.name), axis.items, strict=False) for axis in axes)), low, high)


def _entries_at(axes: Sequence[Axis], index: int) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for axis in reversed(axes):
        index, digit = divmod(index, axis.size)
        entries.append((axis.name, axis.items[digit]))
    return tuple(reversed(entries))
