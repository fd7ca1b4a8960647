"""A metalab in which every replicate of a base seed has the same random streams."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.seeds import SeedBundle

_entropy = SeedBundle._entropy


def _changed(self: SeedBundle, name: str) -> int:
    return _entropy(SeedBundle(self.root_seed), name)


SeedBundle._entropy = _changed  # type: ignore[method-assign]
