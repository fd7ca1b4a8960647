"""The shapes of stepped metrics: as many points as asked for, the same each time, and odd where they say so."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from pytest_optbench.stress.witness.series_digest import series_digest
from scenarios.stepped_metrics.workload import NOT_FINITE, ODD_NAMES, SHAPES, Point


def points(shape: str, count: int = 700) -> list[Point]:
    return list(SHAPES[shape](count, np.random.default_rng(1)))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_has_as_many_points_as_asked_for_and_repeats(shape: str) -> None:
    drawn = points(shape)
    assert len(drawn) == 700
    assert repr(drawn) == repr(points(shape))
    assert series_digest((step, value) for _, step, value in drawn).points == 700


def test_shuffled_steps_are_not_in_order_and_repeated_ones_repeat() -> None:
    assert any(later < earlier for (_, earlier, _), (_, later, _) in pairwise(points("shuffled steps")))
    assert max(Counter(step for _, step, _ in points("repeated steps")).values()) == 4
    assert max(Counter(step for _, step, _ in points("shuffled and repeated")).values()) > 4


def test_odd_values_and_names_are_there() -> None:
    assert {repr(value) for value in NOT_FINITE} <= {repr(value) for _, _, value in points("not finite")}
    assert set(ODD_NAMES) == {name for name, _, _ in points("odd names")}
    assert {type(value).__name__ for _, _, value in points("numpy scalars")} == {
        "float64", "float32", "int64", "float16",
    }  # fmt: skip
