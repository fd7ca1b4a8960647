"""Index maps: the cases of a space that a view shows, computed and never listed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate

from pytest_optbench.errors import InvalidInputError

from .factors import length
from .permutation import Permutation


class Shuffled:
    """The first `size` elements of a keyed shuffle of 0..total-1: every subset and order is equally likely.

    A larger sample of the same seed begins with the smaller one.
    """

    def __init__(self, total: int, size: int, seed: int) -> None:
        self.size = size
        self._permutation = Permutation(total, seed, "sample")

    def __getitem__(self, index: int) -> int:
        return self._permutation[index]


class Balanced:
    """Round-robin over parts of 0..total-1, each shuffled by itself; a part that is used up drops out.

    `parts` are disjoint `(start, stop)`. Every round begins at a part of its own, so that an unfinished
    last round prefers none of them. Needs O(parts) memory.
    """

    def __init__(self, parts: Sequence[tuple[int, int]], size: int, seed: int) -> None:
        self.size = size
        ranked = sorted(parts, key=lambda part: part[1] - part[0])
        self._starts = [start for start, _ in ranked]
        self._sizes = [stop - start for start, stop in ranked]
        self._seed = seed
        self._shuffles: dict[int, Permutation] = {}
        self._before = self._cases_before_part_ends()

    def _cases_before_part_ends(self) -> list[int]:
        """Entry k: how many cases are dealt in the rounds that part k (in order of size) still takes part in.

        While the parts k, k+1, ... are alive, each round deals one case to each of them.
        """
        sizes, parts = self._sizes, len(self._sizes)
        gained = ((size - (sizes[rank - 1] if rank else 0)) * (parts - rank) for rank, size in enumerate(sizes))
        return list(accumulate(gained))

    def __getitem__(self, index: int) -> int:
        rank = bisect_right(self._before, index)  # the parts from here on are alive
        alive = len(self._sizes) - rank
        into = index - (self._before[rank - 1] if rank else 0)
        turn, place = divmod(into, alive)
        round_number = (self._sizes[rank - 1] if rank else 0) + turn
        part = rank + (place + self._first(round_number)) % alive
        return self._starts[part] + self._shuffle(part)[round_number]

    def _first(self, round_number: int) -> int:
        """Where a round begins, as a large random number."""
        return int.from_bytes(blake2b(f"round:{self._seed:x}:{round_number:x}".encode(), digest_size=16).digest())

    def _shuffle(self, part: int) -> Permutation:
        found = self._shuffles.get(part)
        if found is None:
            purpose = f"branch {self._starts[part]:x}"
            found = self._shuffles[part] = Permutation(self._sizes[part], self._seed, purpose)
        return found


IndexMap = range | Shuffled | Balanced


def shard_range(size: int, index: int, count: int) -> range:
    """Every `count`-th of 0..size-1 from `index` on.

    Raises:
        InvalidInputError: not 0 <= index < count.
    """
    if count < 1 or not 0 <= index < count:
        raise InvalidInputError(f"no shard {index} of {count}: shards are counted from 0, 0 <= index < count")
    return range(index, size, count)


def compose(outer: range, inner: range) -> range:
    """The range whose i-th element is `outer[inner[i]]`."""
    first, step = outer.start, outer.step
    return range(first + step * inner.start, first + step * inner.stop, step * inner.step)


def positions(picked: range, start: int, stop: int) -> tuple[int, int]:
    """Where the elements of `picked` that lie in start..stop-1 stand in it, as (first, last + 1)."""
    step, total = picked.step, length(picked)
    if step > 0:
        low, high = (-(-(bound - picked.start) // step) for bound in (start, stop))
    else:
        low, high = (-((bound - picked.start) // -step) for bound in (stop - 1, start - 1))
    return max(low, 0), min(high, total)
