"""Seeds: replicates of a case, each with random streams by name."""

from __future__ import annotations

import random
from dataclasses import dataclass
from hashlib import sha256
from typing import Any


@dataclass(frozen=True)
class SeedBundle:
    """The randomness of one replicate: a stream depends on base seed, replicate and name only."""

    root_seed: int
    replicate_index: int

    def derive(self, name: str) -> int:
        """Derive a number that no other stream has."""
        return int.from_bytes(sha256(repr((self.root_seed, self.replicate_index, name)).encode()).digest())

    def rng(self, name: str = "default") -> random.Random:
        """Return the stream of that name, from its beginning."""
        return random.Random(self.derive(name))  # noqa: S311 - simulation, no secret

    def numpy(self, name: str = "default") -> Any:
        """Return the numpy stream of that name, from its beginning."""
        from numpy.random import default_rng

        return default_rng(self.derive(name))


def seeds(base: int = 0, replicates: int = 1) -> list[SeedBundle]:
    """Return the replicates 0, 1, ... of a base seed."""
    return [SeedBundle(base, index) for index in range(replicates)]
