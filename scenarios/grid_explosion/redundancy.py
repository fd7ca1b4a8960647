"""Redundancy of a naive product: cases that differ in parameters without effect."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from pytest_optbench.benchmark.resolver import OF_ALGORITHM, resolve
from pytest_optbench.grids import Source
from pytest_optbench.stress.witness.canonical import canonical

Axes = Mapping[str, Sequence[Any]]


def axes_of(space: Source) -> Axes:
    """Return the values of a product, by parameter."""
    return {name: tuple(values) for name, values in space.values()}


def distinct_runs(axes: Axes) -> int:
    """Return exactly how many different runs the product of `axes` resolves to.

    The product is not walked: the parameters of an algorithm are crossed only with each other and with `dim`, which
    decides what `auto` means; the other axes that all algorithms share multiply.
    """
    shared = {name: axes[name][0] for name in ("problem", "budget")}
    crossed = sum(
        _crossed_runs(axes, algorithm, {**shared, "dim": dim}) for algorithm in axes["algorithm"] for dim in axes["dim"]
    )
    return crossed * math.prod(len(axes[name]) for name in shared)


def _crossed_runs(axes: Axes, algorithm: str, fixed: Mapping[str, Any]) -> int:
    names = [name for name in OF_ALGORITHM[algorithm] if name in axes]
    cases = (dict(zip(names, values, strict=True)) for values in product(*(axes[name] for name in names)))
    return len({canonical(resolve({}, {"algorithm": algorithm, **fixed, **case})) for case in cases})
