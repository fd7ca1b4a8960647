"""A metalab that adds the replicate to the base seed: replicate 1 of base 0 is replicate 0 of base 1."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.seeds import SeedBundle

_entropy = SeedBundle._entropy


def _changed(self: SeedBundle, name: str) -> int:
    return _entropy(SeedBundle(self.root_seed + self.replicate_index), name)


SeedBundle._entropy = _changed  # type: ignore[method-assign]
