"""A keyed shuffle of 0..size-1 that is looked up, not stored: also of 10^30 elements, in O(1) memory."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cached_property
from hashlib import blake2b, shake_256
from itertools import count
from math import isqrt

TABLE = 1024  # so few elements are shuffled outright: exactly uniform, and quicker to look up
ROUNDS = 8  # four rounds suffice to look random (Luby & Rackoff 1988); the rest is margin for small halves
GUARD = 8  # bytes drawn beyond the modulus: a bias of 2^-64

Mixer = Callable[[int], int]


class Permutation:
    """The permutation of 0..size-1 that belongs to a seed and a purpose; `permutation[i]` takes O(1).

    Above 1024 elements it is a Feistel network on pairs (left, right) with left * right just above `size`,
    whose rounds add a keyed hash of one half to the other, and which is walked again from every value beyond
    `size` until it falls inside (cycle walking, Black & Rogaway 2002). It needs integers and BLAKE2 only, so
    it is the same on every machine.
    """

    def __init__(self, size: int, seed: int, purpose: str) -> None:
        self.size = size
        self._key = blake2b(f"{purpose}:{seed:x}:{size:x}".encode(), digest_size=32).digest()
        self._left = isqrt(max(size - 1, 0)) + 1
        self._right = -(-size // self._left)

        self._made_of = (size, seed, purpose)

    def __reduce__(self) -> tuple[type[Permutation], tuple[int, int, str]]:
        return Permutation, self._made_of

    def __getitem__(self, index: int) -> int:
        """The element at `index`, which lies in 0..size-1."""
        if self.size <= TABLE:
            return self._table[index]
        index = self._encrypt(index)
        while index >= self.size:
            index = self._encrypt(index)
        return index

    def __iter__(self) -> Iterator[int]:
        return (self[index] for index in range(self.size))

    @cached_property
    def _table(self) -> list[int]:
        """A Fisher-Yates shuffle; `Random.shuffle` may change between versions, `getrandbits` may not."""
        source = random.Random(self._key)  # noqa: S311 - a shuffle, no secret
        table = list(range(self.size))
        for last in range(self.size - 1, 0, -1):
            other = source.getrandbits(128) % (last + 1)
            table[last], table[other] = table[other], table[last]
        return table

    def _encrypt(self, index: int) -> int:
        a, b = divmod(index, self._right)
        for to_left, to_right in self._rounds:
            a = (a + to_left(b)) % self._left
            b = (b + to_right(a)) % self._right
        return a * self._right + b

    @cached_property
    def _rounds(self) -> list[tuple[Mixer, Mixer]]:
        width = (self._left.bit_length() + 7) // 8 + GUARD
        mixers = (_mixer(self._key + bytes([number]), width) for number in count())
        return [(next(mixers), next(mixers)) for _ in range(ROUNDS // 2)]


def _mixer(key: bytes, width: int) -> Mixer:
    """A keyed hash from integers to integers of `width` bytes."""
    if width > blake2b.MAX_DIGEST_SIZE:
        return lambda value: int.from_bytes(shake_256(key + value.to_bytes(width)).digest(width))
    start = blake2b(key, digest_size=width)

    def mix(value: int) -> int:
        state = start.copy()
        state.update(value.to_bytes(width))
        return int.from_bytes(state.digest())

    return mix
