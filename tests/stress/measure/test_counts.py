"""Counts that nearly repeat: the smallest is taken, and what the spread leaves open is not decided."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_optbench.stress.measure.counts import RepeatedCount, growth_of_counts, repeated_count

SIZES = (10, 20, 40, 80, 160)


def test_two_counts_that_agree_are_enough() -> None:
    taken: Iterator[int] = iter([100, 100])
    assert repeated_count(lambda: next(taken)) == RepeatedCount(100, 100)


def test_noise_that_adds_is_left_out() -> None:
    taken = iter([6_275, 3_689, 3_045, 5_000, 3_045])
    assert repeated_count(lambda: next(taken)) == RepeatedCount(3_045, 3_045)


def test_counts_that_never_agree_end_with_their_spread() -> None:
    taken = iter([130, 120, 110, 100])
    found = repeated_count(lambda: next(taken), times=4)
    assert (found, found.repeats) == (RepeatedCount(100, 110), False)


@pytest.mark.parametrize(
    ("cost", "side"),
    [
        (lambda n: RepeatedCount(50 * n, 50 * n), "within"),
        (lambda n: RepeatedCount(n * n, n * n), "outside"),
        (lambda n: RepeatedCount(50 * n, 90 * n), "undecided"),
    ],
    ids=["linear", "quadratic", "noisy"],
)
def test_growth_is_decided_where_the_spread_stays_on_one_side(cost: object, side: str) -> None:
    assert callable(cost)
    assert growth_of_counts(SIZES, [cost(n) for n in SIZES]).side_of(1.1) == side


def test_the_likely_exponent_lies_within_its_spread() -> None:
    found = growth_of_counts(SIZES, [RepeatedCount(50 * n, 55 * n) for n in SIZES])
    assert found.likely == pytest.approx(1.0)
    assert found.low < 1.0 < found.high
