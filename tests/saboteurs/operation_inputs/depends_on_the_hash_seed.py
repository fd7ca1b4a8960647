"""A metalab whose random streams depend on the hash seed of the process."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.seeds import SeedBundle

_entropy = SeedBundle._entropy


def _changed(self: SeedBundle, name: str) -> int:
    return _entropy(self, f"{name}{hash(name)}" if name else name)


SeedBundle._entropy = _changed  # type: ignore[method-assign]
