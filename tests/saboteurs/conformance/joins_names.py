"""A metalab whose streams follow from base, replicate and name written one after the other."""

from __future__ import annotations

from random import Random

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.seeds import SeedBundle


def _derive(self: SeedBundle, name: str) -> int:
    return Random(f"{self.root_seed}{self.replicate_index}{name}").getrandbits(63)


SeedBundle.derive = _derive  # type: ignore[method-assign]
