"""Seeds: replicates of a run, and named random streams within each."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from operator import index as as_int
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.identity.identity import encode
from pytest_optbench.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class SeedBundle:
    """All the randomness of one replicate: streams by name, each the same whenever it is asked for again."""

    root_seed: int
    replicate_index: int = 0

    @classmethod
    def for_preprocessing(cls, base_seed: int) -> SeedBundle:
        """Return the randomness of what is prepared before an experiment of that base seed; no replicate has it."""
        return cls(cls(base_seed).derive("preprocessing"))

    @classmethod
    def from_dict(cls, members: Mapping[str, Any]) -> SeedBundle:
        """Return what `to_dict` described."""
        return cls(members["root_seed"], members.get("replicate_index") or 0)

    def to_dict(self) -> dict[str, Any]:
        """Return the members by name."""
        return {"root_seed": self.root_seed, "replicate_index": self.replicate_index}

    def derive(self, name: str) -> int:
        """A seed of 63 bits for the stream of that name, for libraries that take an int."""
        return self._entropy(name) >> 65

    def rng(self, name: str = "default") -> random.Random:
        """A new `random.Random` at the start of the stream of that name."""
        return random.Random(self._entropy(name))  # noqa: S311 - simulation, no secret

    def numpy(self, name: str = "default") -> np.random.Generator:
        """A new numpy `Generator` (PCG64) at the start of the stream of that name."""
        from numpy.random import PCG64, Generator

        return Generator(PCG64(self._entropy(name)))

    def numpy_seed(self, name: str = "default") -> int:
        """Return a seed of 32 bits for the stream of that name, for what takes no larger one."""
        return self._entropy(name) >> 96

    def _entropy(self, name: str) -> int:
        if not isinstance(name, str):
            raise InvalidInputError(f"a random stream is named by a string, not {name!r}")
        content = encode(("stream", self.root_seed, self.replicate_index, name))
        return int.from_bytes(blake2b(content, digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """The replicates of every case: `SeedBundle`s 0 to replicates-1 of one base seed."""

    base: int
    replicates: int = 1

    @property
    def base_seed(self) -> int:
        """The base seed."""
        return self.base

    @property
    def size(self) -> int:
        """The number of replicates."""
        return self.replicates

    def __len__(self) -> int:
        return self.replicates

    def __iter__(self) -> Iterator[SeedBundle]:
        return (SeedBundle(self.base, replicate) for replicate in range(self.replicates))

    def __getitem__(self, index: int) -> SeedBundle:
        position = as_int(index)
        if not -self.replicates <= position < self.replicates:
            raise IndexError(f"replicate {position} of {self.replicates}: the last one is {self.replicates - 1}")
        return SeedBundle(self.base, position % self.replicates)


def seeds(base: int = 0, replicates: int = 1) -> SeedPlan:
    """`replicates` independent seeds derived from one base seed.

    Raises:
        InvalidInputError: either is no int, or `replicates` is below 1.
    """
    for name, value in (("base", base), ("replicates", replicates)):
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise InvalidInputError(f"seeds({name}={value!r}): {name} is an int")
    if replicates < 1:
        raise InvalidInputError(f"seeds(replicates={replicates}): nothing would run; ask for 1 or more")
    return SeedPlan(as_int(base), as_int(replicates))
