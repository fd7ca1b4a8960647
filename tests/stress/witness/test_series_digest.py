"""What is kept of a stepped metric: steps may come in any order, points within a step may not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.stress.witness.series_digest import Point, series_digest

points = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0.0, -0.0, 1.0, math.inf, math.nan])), max_size=8)


def by_step(series: list[Point]) -> dict[int, list[str]]:
    """The values of each step in order, as text, in which -0.0 is not 0.0 and NaN is NaN."""
    steps: dict[int, list[str]] = {}
    for step, value in series:
        steps.setdefault(step, []).append(repr(value))
    return steps


def counted(series: list[Point]) -> list[tuple[int, str]]:
    return sorted((step, repr(value)) for step, value in series)


@given(points, points)
def test_two_series_are_one_where_each_step_has_the_same_values_in_order(one: list[Point], other: list[Point]) -> None:
    first, second = series_digest(one), series_digest(other)
    assert (first.digest == second.digest) == (by_step(one) == by_step(other))
    assert (first.content == second.content) == (counted(one) == counted(other))


@given(points, st.randoms(use_true_random=False))
def test_content_does_not_depend_on_order_and_the_digest_only_within_steps(one: list[Point], random: Any) -> None:
    shuffled = list(one)
    random.shuffle(shuffled)
    first, second = series_digest(one), series_digest(shuffled)
    assert (first.points, first.content) == (second.points, second.content)
    assert (first == second) == (by_step(one) == by_step(shuffled))


@given(points.filter(bool), st.data())
def test_a_lost_point_is_another_series(one: list[Point], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(one) - 1))
    fewer = series_digest(one[:place] + one[place + 1 :])
    assert fewer.points == len(one) - 1
    assert fewer.content != series_digest(one).content


def test_numpy_scalars_and_whole_floats_are_the_same_points() -> None:
    assert series_digest([(np.int64(1), np.float64(0.5)), (2.0, 1)]) == series_digest([(1, 0.5), (2, 1.0)])


def test_steps_beyond_64_bits_are_told_apart() -> None:
    assert series_digest([(2**70, 1.0)]) != series_digest([(2**70 + 1, 1.0)])


@pytest.mark.parametrize(
    "wrong", [[(0.5, 1.0)], [(math.nan, 1.0)], [(math.inf, 1.0)], [(0, "x")], [(0, None)], [0], [(0, 1.0, 2.0)]]
)
def test_what_is_no_point_is_refused(wrong: list[Any]) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        series_digest(wrong)
