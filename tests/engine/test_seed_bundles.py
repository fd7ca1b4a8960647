"""Seeds: replicates that are independent, streams that are the same for ever."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.engine.planning.seeds import SeedBundle, seeds
from pytest_optbench.errors import InvalidInputError


@given(st.integers(), st.integers(1, 10**30))
def test_a_seed_plan_is_indexed_and_counted_exactly(base: int, replicates: int) -> None:
    plan = seeds(base, replicates)
    assert plan.size == replicates
    assert next(iter(plan)) == plan[0] == SeedBundle(base, 0)
    assert plan[-1] == SeedBundle(base, replicates - 1)
    with pytest.raises(IndexError, match="the last one is"):
        plan[replicates]


def test_iterating_gives_every_replicate_once() -> None:
    assert list(seeds(7, 3)) == [SeedBundle(7, 0), SeedBundle(7, 1), SeedBundle(7, 2)]
    assert len(seeds(7, 3)) == 3
    assert list(seeds()) == [SeedBundle(0, 0)]


def test_streams_of_other_names_seeds_and_replicates_differ() -> None:
    bundles = [SeedBundle(root, replicate) for root in (-1, 0, 1, 10, 2**100) for replicate in (0, 1, 11)]
    derived = [bundle.derive(name) for bundle in bundles for name in ("", "a", "b", "A", "é", "e\u0301", "1:0")]
    assert len(set(derived)) == len(derived)
    assert all(0 <= seed < 2**63 for seed in derived)


def test_a_stream_starts_again_whenever_it_is_asked_for() -> None:
    bundle = SeedBundle(3, 1)
    assert bundle.rng("x").random() == bundle.rng("x").random() != bundle.rng("y").random()
    assert np.array_equal(bundle.numpy("x").random(5), bundle.numpy("x").random(5))
    assert not np.array_equal(bundle.numpy("x").random(5), bundle.numpy("y").random(5))


def test_neighbouring_replicates_are_unrelated() -> None:
    first = np.array([bundle.numpy("x").random() for bundle in seeds(0, 2000)])
    assert abs(first.mean() - 0.5) < 0.03  # four and a half standard deviations
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 0.1


def test_streams_are_the_same_for_ever() -> None:
    """Results are reproduced from these: they may not change."""
    bundle = SeedBundle(42, 1)
    assert bundle.derive("init") == DERIVED
    assert bundle.rng("init").random() == RNG
    assert bundle.numpy("init").integers(2**63) == NUMPY


def test_bundles_are_values() -> None:
    assert pickle.loads(pickle.dumps(SeedBundle(1, 2))) == SeedBundle(1, 2)
    with pytest.raises(AttributeError):
        SeedBundle(1, 2).root_seed = 3  # type: ignore[misc]


@pytest.mark.parametrize(("base", "replicates"), [(0, 0), (0, -1), (0, 1.5), (0, True), ("1", 1), (None, 1), (0.0, 1)])
def test_seeds_that_cannot_be_are_refused(base: Any, replicates: Any) -> None:
    with pytest.raises(InvalidInputError, match="seeds"):
        seeds(base, replicates)


def test_numpy_integers_become_plain_ones() -> None:
    plan = seeds(np.int64(3), np.int8(2))
    assert (type(plan.base), type(plan.replicates)) == (int, int)


def test_a_stream_without_a_name_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="named by a string"):
        SeedBundle(0).derive(3)  # type: ignore[arg-type]


DERIVED, RNG, NUMPY = 278328025854876426, 0.7306222460904723, 2982736185957678745
