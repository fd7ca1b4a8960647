"""Random sources: draw i is computed from the seed and i alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from math import prod
from typing import Any

from pytest_optbench.errors import InvalidInputError

from .arguments import whole_number
from .distributions import BITS, Choice, Distribution
from .equality import equality_key
from .factors import LISTED, Values
from .permutation import Permutation
from .space import Space


class RandomSpace:
    """`size` draws from a space of distributions.

    When every parameter has finitely many, equally likely values, the draws are without replacement: a keyed
    shuffle of all combinations. Otherwise every parameter has its own stream, so that one more parameter
    leaves the others' draws as they are.
    """

    def __init__(self, space: Mapping[str, Distribution], size: int, seed: int) -> None:
        self.space = dict(space)
        self.size = size
        self.seed = seed
        self.always = self.possible = frozenset(space)
        self._combinations = self._count_combinations()
        self._refuse_too_many()
        even = self._combinations is not None and all(law.even for law in space.values())
        self._order = Permutation(self._combinations or 0, seed, "random") if even else None

    def _count_combinations(self) -> int | None:
        counts = [law.count for law in self.space.values()]
        return None if None in counts else prod(count for count in counts if count is not None)

    def _refuse_too_many(self) -> None:
        if self._combinations is not None and self.size > self._combinations:
            raise InvalidInputError(
                f"{self.size} draws from {self._combinations} combinations must repeat some: draw "
                "fewer, or take them all with grid(...)"
            )

    def fill(self, params: dict[str, Any], index: int) -> None:
        if self._order is not None:
            self._fill_combination(params, self._order[index])
            return
        number = index.to_bytes((index.bit_length() + 7) // 8)
        for name, law, stream in self._streams:
            state = stream.copy()
            state.update(number)
            params[name] = law.draw(int.from_bytes(state.digest()))

    def _fill_combination(self, params: dict[str, Any], index: int) -> None:
        for name, law in self.space.items():
            index, digit = divmod(index, law.count or 1)
            params[name] = law.item(digit)

    @cached_property
    def _streams(self) -> list[tuple[str, Distribution, blake2b]]:
        return [(name, law, _stream(self.seed, name)) for name, law in self.space.items()]

    def __reduce__(self) -> tuple[type[RandomSpace], tuple[Mapping[str, Distribution], int, int]]:
        return RandomSpace, (self.space, self.size, self.seed)

    def holds(self, params: Mapping[str, Any]) -> bool:
        part = {name: params[name] for name in self.possible}
        return self.size <= LISTED and equality_key(part) in self._keys

    def values(self) -> Iterator[tuple[str, Values]]:
        for name, law in self.space.items():
            if isinstance(law, Choice):
                yield name, law.options

    def keys_of(self, name: str) -> frozenset[Hashable] | None:
        law = self.space[name]
        return frozenset(map(equality_key, law.options)) if isinstance(law, Choice) else None

    def counts(self) -> dict[str, int]:
        return {name: min(self.size, law.count or self.size) for name, law in self.space.items()}

    @cached_property
    def _keys(self) -> frozenset[Hashable]:
        rows: list[dict[str, Any]] = [{} for _ in range(self.size)]
        for index, row in enumerate(rows):
            self.fill(row, index)
        return frozenset(map(equality_key, rows))


def _stream(seed: int, name: str) -> blake2b:
    return blake2b(f"random:{seed:x}:{name}:".encode("utf-8", "surrogatepass"), digest_size=BITS // 8)


def random(space: Mapping[str, Distribution], n_trials: int, seed: int) -> Space:
    """`n_trials` random draws; `random(...)[i]` is O(1) and depends on nothing but the space, the seed and i.

    A space of finitely many, equally likely combinations (`choice`, `randint`) is drawn without replacement.

    Raises:
        InvalidInputError: the space is empty, `n_trials` is below 1 or above the number of combinations, or
            a parameter has no distribution.
    """
    if not isinstance(space, Mapping):
        raise InvalidInputError(f"space={space!r}: give a dict of parameters and their distributions")
    if not space:
        raise InvalidInputError("an empty space has nothing to draw: give at least one parameter a distribution")
    n_trials, seed = whole_number("n_trials", n_trials), whole_number("seed", seed)
    if n_trials < 1:
        raise InvalidInputError(f"n_trials={n_trials}: draw one case or more")
    for name, law in space.items():
        if not hasattr(law, "draw"):
            raise InvalidInputError(
                f"parameter {name!r} has {law!r}, which is no distribution: use uniform, loguniform, "
                "loguniform_int, randint or choice"
            )
    return Space(RandomSpace(space, n_trials, seed), "random")
