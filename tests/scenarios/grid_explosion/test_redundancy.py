"""The number of different runs in a naive product equals what resolving every case comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pytest

from pytest_optbench.benchmark.resolver import resolve
from pytest_optbench.benchmark.spaces import naive, space
from pytest_optbench.stress.witness.canonical import canonical
from scenarios.grid_explosion.redundancy import distinct_runs

SHARED = {"problem": ("sphere", "ackley"), "dim": (5, 25), "budget": ("auto",)}
PRODUCTS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "one algorithm": {"algorithm": ("adam",), **SHARED, "lr": (0.1, 0.2), "beta1": (0.9,)},
    "foreign parameters": {"algorithm": ("adam", "random_search"), **SHARED, "lr": (0.1, 0.2), "beta1": (0.8, 0.9)},
    "conditional": {
        "algorithm": ("random_search",), **SHARED, "strategy": ("uniform", "shrinking"), "shrink_factor": (0.5, 0.9)
    },
    "auto equals a value": {"algorithm": ("evolution_strategy",), **SHARED, "pop_size": ("auto", 20, 100)},
}  # fmt: skip


@pytest.mark.parametrize("name", PRODUCTS)
def test_equals_brute_force(name: str) -> None:
    axes = PRODUCTS[name]
    cases = (dict(zip(axes, values, strict=True)) for values in product(*axes.values()))
    assert distinct_runs(axes) == len({canonical(resolve({}, case)) for case in cases})


def test_is_at_least_the_composed_space() -> None:
    for name in ("light", "medium"):
        assert space(name).size <= distinct_runs(dict(naive(name).values())) <= naive(name).size
