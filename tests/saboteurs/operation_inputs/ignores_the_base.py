"""A metalab in which the base seed changes no random stream."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.seeds import SeedBundle

_entropy = SeedBundle._entropy


def _changed(self: SeedBundle, name: str) -> int:
    return _entropy(SeedBundle(0, self.replicate_index), name)


SeedBundle._entropy = _changed  # type: ignore[method-assign]
