"""A metalab whose uniform draws prefer the lower half."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.grids.distributions import BITS, Uniform

_draw = Uniform.draw


def _changed(self: Uniform, bits: int) -> float:
    return _draw(self, bits * bits >> BITS)


Uniform.draw = _changed  # type: ignore[method-assign]
