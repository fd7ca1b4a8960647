"""The keyed shuffle: a permutation at every size, uniform at small ones, the same for ever."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.grids.permutation import TABLE, Permutation


@pytest.mark.parametrize("size", [1, 2, 3, 10, TABLE, TABLE + 1, 1025, 4096, 5000, 65537])
def test_every_element_comes_once(size: int) -> None:
    assert sorted(Permutation(size, 7, "test")) == list(range(size))


@given(st.integers(TABLE + 1, 10**60), st.integers(), st.data())
def test_elements_of_huge_shuffles_lie_inside_and_differ(size: int, seed: int, data: st.DataObject) -> None:
    shuffle = Permutation(size, seed, "test")
    asked = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=20, unique=True))
    found = [shuffle[index] for index in asked]
    assert len(set(found)) == len(found)
    assert all(0 <= element < size for element in found)


def test_sizes_beyond_any_hash_width() -> None:
    shuffle = Permutation(10**700, 1, "test")
    assert len({shuffle[i] for i in range(5)}) == 5
    assert all(shuffle[i] > 10**600 for i in range(5))


def test_small_shuffles_take_every_order_equally_often() -> None:
    orders = Counter(tuple(Permutation(4, seed, "test")) for seed in range(24 * 200))
    assert len(orders) == 24
    assert chi_square(orders.values(), 200) < 60  # 23 degrees of freedom: p < 1e-4


@pytest.mark.parametrize("size", [1500, 10**30])
def test_large_shuffles_put_every_index_everywhere(size: int) -> None:
    """Over many seeds, elements and their differences fall into ten equal parts equally often."""
    shuffles = [Permutation(size, seed, "test") for seed in range(2000)]
    for pick in (lambda p: p[0], lambda p: p[1], lambda p: p[size - 1], lambda p: (p[1] - p[0]) % size):
        parts = Counter(pick(shuffle) * 10 // size for shuffle in shuffles)
        assert chi_square([parts[part] for part in range(10)], 200) < 36  # 9 degrees of freedom: p < 1e-4


@pytest.mark.parametrize("size", [1500, 10**18])
def test_neighbours_within_one_shuffle_are_unrelated(size: int) -> None:
    shuffle = Permutation(size, 3, "test")
    elements = [shuffle[i] for i in range(1400)]
    pairs = Counter((a * 4 // size, b * 4 // size) for a, b in itertools.pairwise(elements))
    assert chi_square([pairs[i, j] for i in range(4) for j in range(4)], 1399 / 16) < 45  # 15 degrees: p < 1e-4


def test_seed_purpose_and_size_make_another_shuffle() -> None:
    shuffles = [Permutation(*key) for key in [(100, 1, "a"), (100, 2, "a"), (100, 1, "b"), (100, -1, "a")]]
    assert len({tuple(shuffle) for shuffle in shuffles}) == 4


def test_shuffles_are_the_same_for_ever() -> None:
    """Stored samples depend on these numbers: they may not change."""
    assert list(Permutation(10, 42, "sample")) == SMALL
    assert [Permutation(10**30, 42, "sample")[i] for i in range(3)] == LARGE


def chi_square(counts: object, expected: float) -> float:
    return sum((count - expected) ** 2 / expected for count in counts)  # type: ignore[attr-defined]


SMALL = [6, 0, 7, 9, 1, 8, 2, 5, 4, 3]
LARGE = [61921547284143734880104931069, 399595169086810034357179528429, 602801961122420945674050432037]
