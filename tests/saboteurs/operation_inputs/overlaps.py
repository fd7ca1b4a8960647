"""A metalab in which the numpy stream "b" is the stream "a", some draws later."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.seeds import SeedBundle

_numpy = SeedBundle.numpy


def _shifted(self: SeedBundle, name: str = "default") -> Any:
    if name != "b":
        return _numpy(self, name)
    generator = _numpy(self, "a")
    generator.integers(2**62, size=2)
    return generator


SeedBundle.numpy = _shifted  # type: ignore[method-assign]
