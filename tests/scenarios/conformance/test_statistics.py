"""The bounds on randomness: what a sound generator stays within, and what a skewed one exceeds."""

from __future__ import annotations

import math
import random

import pytest

from scenarios.conformance.statistics import (
    correlation,
    correlation_allowed,
    distance,
    distance_allowed,
    loguniform,
    must_occur,
    uniform,
    whole,
)

DRAWS = 2_000


def test_the_distance_is_the_largest_on_either_side_of_a_step() -> None:
    assert distance([0.5], uniform(0, 1)) == pytest.approx(0.5)
    assert distance([0.1, 0.2, 0.3, 0.4], uniform(0, 1)) == pytest.approx(0.6)
    assert distance([0, 0, 1, 1], whole(0, 1)) == pytest.approx(0)
    assert distance([0, 0, 0, 1], whole(0, 1)) == pytest.approx(0.25)


def test_sound_draws_stay_within_under_a_hundred_seeds() -> None:
    for seed in range(100):
        source = random.Random(seed)
        one, other = ([source.random() for _ in range(DRAWS)] for _ in range(2))
        assert distance(one, uniform(0, 1)) < distance_allowed(DRAWS)
        assert distance([math.exp(value) for value in one], loguniform(1, math.e)) < distance_allowed(DRAWS)
        assert abs(correlation(one, other)) < correlation_allowed(DRAWS)


def test_skewed_draws_and_draws_that_follow_each_other_exceed() -> None:
    source = random.Random(1)
    one = [source.random() for _ in range(DRAWS)]
    assert distance([value**1.3 for value in one], uniform(0, 1)) > distance_allowed(DRAWS)
    assert distance([float(source.randrange(4)) for _ in range(DRAWS)], whole(0, 4)) > distance_allowed(DRAWS)
    mixed = [0.6 * value + 0.4 * source.random() for value in one]
    assert correlation(one, mixed) > correlation_allowed(DRAWS)


def test_the_bounds_are_those_of_the_inequalities() -> None:
    for draws in (10, 1_000, 10**6):
        allowed = distance_allowed(draws)
        assert 2 * math.exp(-2 * draws * allowed**2) * 1_000 == pytest.approx(1e-9)
        assert 2 * math.exp(-draws * correlation_allowed(draws) ** 2 / 2) * 1_000 == pytest.approx(1e-9)


@pytest.mark.parametrize(("draws", "values", "must"), [(2_000, 26, True), (100, 26, False), (200, 5, True)])
def test_values_that_must_occur_do(draws: int, values: int, must: bool) -> None:
    assert must_occur(draws, values) is must
