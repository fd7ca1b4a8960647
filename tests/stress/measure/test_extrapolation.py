"""Extrapolation on known curves: the truth lies in the interval, and near the value where the noise allows it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.measure.extrapolation import (
    Prediction,
    fit_counts,
    fit_times,
    load_at,
    ratio_of_costs,
)

LOADS = (1, 64, 256, 1_000)
FAR = 100_000
DRAWS = 100
Cost = Callable[[float], float]
CURVES: dict[str, Cost] = {
    "linear": lambda n: 0.001 * n,
    "a fixed cost": lambda n: 0.4 + 0.001 * n,
    "a large fixed cost": lambda n: 3 + 0.001 * n,
    "n to 1.3": lambda n: 0.001 * n**1.3,
    "quadratic": lambda n: 0.2 + 1e-5 * n**2,
}


def measured(cost: Cost, noise: float, draw: random.Random, rounds: int = 5) -> list[tuple[float, float]]:
    """Measurements of all loads in rounds, each with its own noise."""
    return [(load, cost(load) * math.exp(draw.gauss(0, noise))) for _ in range(rounds) for load in LOADS]


@pytest.mark.parametrize("name", CURVES)
def test_an_exact_curve_is_extrapolated_exactly(name: str) -> None:
    predicted = fit_times(measured(CURVES[name], 0.0, random.Random(1))).at(FAR)
    assert predicted.value == pytest.approx(CURVES[name](FAR), rel=0.02)
    assert predicted.low <= predicted.value <= predicted.high


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("noise", [0.02, 0.1])
def test_the_truth_is_in_the_interval_about_as_often_as_it_says(name: str, noise: float) -> None:
    draw = random.Random(f"{name} {noise}")
    inside = 0
    for _ in range(DRAWS):
        predicted = fit_times(measured(CURVES[name], noise, draw)).at(FAR)
        inside += predicted.low <= CURVES[name](FAR) <= predicted.high
    assert inside >= 0.9 * DRAWS


@pytest.mark.parametrize("name", ["linear", "a fixed cost", "n to 1.3"])
def test_a_quiet_machine_is_within_a_quarter_in_nine_of_ten(name: str) -> None:
    draw = random.Random(name)
    ratios = [fit_times(measured(CURVES[name], 0.03, draw)).at(FAR).value / CURVES[name](FAR) for _ in range(DRAWS)]
    assert sum(0.75 <= ratio <= 1.25 for ratio in ratios) >= 0.9 * DRAWS


def test_the_interval_widens_with_the_distance_and_with_the_noise() -> None:
    quiet, loud = (fit_times(measured(CURVES["linear"], noise, random.Random(3))) for noise in (0.02, 0.2))
    widths = [curve.at(load).high / curve.at(load).low for curve in (quiet, loud) for load in (1_000, 10**6, 10**9)]
    assert widths[:3] == sorted(widths[:3])
    assert widths[3:] == sorted(widths[3:])
    assert all(narrow < wide for narrow, wide in zip(widths[:3], widths[3:], strict=True))


def test_a_run_does_not_go_on_getting_cheaper() -> None:
    curve = fit_times(measured(lambda n: 0.01 * n**0.8, 0.0, random.Random(1)))
    assert curve.growth is not None
    assert curve.growth.high < 1
    assert curve.at(FAR).value == pytest.approx(curve.at(1_000).value * FAR / 1_000, rel=0.05)
    assert curve.at(FAR).low == pytest.approx(curve.at(FAR).value, rel=0.05)


def test_one_load_alone_counts_as_linear_and_says_that_its_growth_is_unknown() -> None:
    curve = fit_times([(1, 9.0), (1, 10.0), (1, 11.0)])
    assert curve.growth is None
    predicted = curve.at(1_000)
    assert predicted.value == pytest.approx(10_000)
    assert predicted.low < 9_000 < 11_000 < predicted.high


@pytest.mark.parametrize("points", [[], [(1, 1.0), (2, 2.0)], [(0.5, 1.0), (1, 1.0), (2, 1.0)]])
def test_too_few_times_are_refused(points: Sequence[tuple[float, float]]) -> None:
    with pytest.raises(InvalidInputError, match="three or more"):
        fit_times(points)


def test_counts_go_on_from_their_last_step() -> None:
    curve = fit_counts([(1, 300), (64, 300 + 2 * 64 + 60), (256, 300 + 2 * 256 + 150), (1_000, 2_450)])
    assert curve.at(1_000) == (2_450, 2_450, 2_450)
    assert curve.at(160).value == pytest.approx((300 + 2 * 64 + 60 + 300 + 2 * 256 + 150) / 2)
    assert curve.at(0.5) == (300, 300, 300)
    step = (2_450 - (300 + 2 * 256 + 150)) / 744
    assert curve.at(FAR).value == pytest.approx(2_450 + step * 99_000)
    assert curve.at(FAR).low <= curve.at(FAR).value <= curve.at(FAR).high
    assert curve.at(FAR).high > curve.at(FAR).low


def test_counts_that_grow_steeply_go_on_to_do_so() -> None:
    curve = fit_counts([(n, 50.0 + n**2) for n in (100, 200, 400, 800, 1_600)])
    assert curve.growth is not None
    assert curve.growth.low > 1
    assert curve.at(FAR).value == pytest.approx(FAR**2, rel=0.1)


def test_counts_that_stay_the_same_are_never_used_up() -> None:
    curve = fit_counts([(10, 5.0), (100, 5.0)])
    assert curve.at(10**9).value == 5
    assert load_at(curve, 1e6) is None


@pytest.mark.parametrize("points", [[], [(1, 1.0)], [(2, 1.0), (1, 2.0)], [(1, 1.0), (1, 2.0)]])
def test_counts_of_loads_that_do_not_rise_are_refused(points: Sequence[tuple[float, float]]) -> None:
    with pytest.raises(InvalidInputError, match="rising"):
        fit_counts(points)


def test_a_resource_is_used_up_where_its_curve_meets_it() -> None:
    found = load_at(fit_counts([(10, 120.0), (100, 300.0)]), 2e6 + 100)
    assert found == pytest.approx((1e6, 1e6, 1e6))


def test_the_interval_of_a_load_is_that_of_the_curve_from_the_other_side() -> None:
    found = load_at(fit_counts([(0.5, 0.0), (100, 100.0), (200, 300.0)]), 1e6)
    assert found is not None
    assert found.low == pytest.approx(found.value)
    assert found.high == pytest.approx(2 * found.value, rel=0.01)


def test_a_cost_that_may_not_grow_has_no_end_of_its_interval() -> None:
    found = load_at(fit_counts([(1, 10.0), (100, 10.0), (200, 110.0)]), 1e6)
    assert found is not None
    assert math.isinf(found.high)


def test_a_ratio_of_costs_is_that_of_its_pairs() -> None:
    assert ratio_of_costs([1.0, 2.0, 4.0], [2.0, 4.0, 8.0]) == pytest.approx((0.5, 0.5, 0.5))
    ratio = ratio_of_costs([1.0, 2.2, 4.0], [2.0, 4.0, 8.4])
    assert ratio.low < 0.5 < ratio.high
    assert ratio_of_costs([1.0], [2.0]) == pytest.approx((0.5, 0.25, 1.0))
    with pytest.raises(InvalidInputError, match="pairs"):
        ratio_of_costs([1.0], [])


def test_relative_errors_of_a_product_add_as_squares() -> None:
    product = Prediction(10, 10 / math.e**3, 10 * math.e**3).times(Prediction(2, 2 / math.e**4, 2 * math.e**4))
    assert product == pytest.approx((20, 20 / math.e**5, 20 * math.e**5))
