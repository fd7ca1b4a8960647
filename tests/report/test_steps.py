"""Steps of a series: those that are there are found where they are, and noise has none."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from pytest_optbench.report.steps import Step, steps

NOISE: dict[str, Callable[[random.Random], float]] = {
    "normal": lambda draw: draw.gauss(0, 0.1),
    "laplace": lambda draw: draw.choice((-1, 1)) * draw.expovariate(1) * 0.07,
    "sometimes busy": lambda draw: draw.gauss(0, 0.05) if draw.random() < 0.85 else draw.gauss(0.4, 0.2),
}


def series(draw: random.Random, noise: str, factors: list[float]) -> list[float]:
    return [100 * factor * math.exp(NOISE[noise](draw)) for factor in factors]


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("count", [4, 6, 10, 20])
def test_noise_has_no_step(noise: str, count: int) -> None:
    draw = random.Random(count)
    stepped = sum(bool(steps(series(draw, noise, [1.0] * count), 0.02)) for _ in range(200))
    assert stepped <= 6  # 3 of 100, where 1 or 2 are expected


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_a_step_is_found_where_it_is(factor: float) -> None:
    draw, found = random.Random(3), 0
    for _ in range(100):
        at = draw.randint(4, 16)
        seen = steps(series(draw, "normal", [1.0] * at + [factor] * (20 - at)), 0.02)
        if len(seen) == 1 and abs(seen[0].at - at) <= 1:
            found += 1
            assert seen[0].after / seen[0].before == pytest.approx(factor, rel=0.25)
    assert found >= 95


def test_exact_figures_step_at_once_and_where_they_change() -> None:
    assert steps([7.0] * 5 + [7.5] * 3, 0.002, repeats=True) == (Step(5, 7.0, 7.5),)
    assert steps([7.0] * 5 + [9.0], 0.002, repeats=True) == (Step(5, 7.0, 9.0),)
    assert steps([7.0, 9.0], 0.002, repeats=True) == (Step(1, 7.0, 9.0),)
    assert [step.at for step in steps([4.0] * 3 + [8.0] * 3 + [2.0] * 3, 0.002, repeats=True)] == [3, 6]
    assert steps([7.0] * 9, 0.002, repeats=True) == ()


def test_a_single_outlying_figure_is_no_step() -> None:
    assert steps([7.0] * 5 + [9.0] + [7.0] * 5, 0.002, repeats=True) == ()
    assert steps([7.0] * 9 + [20.0], 0.02) == ()


def test_a_series_too_short_to_step_is_one_level() -> None:
    assert steps([3.0], 0.02) == ()
    assert steps([3.0, 5.0, 5.0], 0.02) == ()
