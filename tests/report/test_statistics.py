"""Rank statistics agree with scipy's, noise does not fail, a real change does, and doubt says what would settle it."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from scipy.stats import mannwhitneyu, wilcoxon

from pytest_optbench.report.statistics import ALPHA, Ratio, judge, mann_whitney, noise_floor, paired_ratio, ratio


def noisy(seed: int, count: int, level: float = 100.0, spread: float = 0.1) -> list[float]:
    draw = random.Random(seed)
    return [level * math.exp(draw.gauss(0, spread)) for _ in range(count)]


@pytest.mark.parametrize("sizes", [(1, 1), (3, 4), (5, 5), (8, 3), (20, 20), (12, 33), (25, 30)])
@pytest.mark.parametrize("seed", range(5))
def test_the_p_value_is_scipys(sizes: tuple[int, int], seed: int) -> None:
    first, second = noisy(seed, sizes[0]), noisy(seed + 99, sizes[1], 105)
    method = "exact" if sizes[0] * sizes[1] <= 400 else "asymptotic"
    assert mann_whitney(first, second) == pytest.approx(mannwhitneyu(first, second, method=method).pvalue, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_p_value_with_ties_is_scipys(seed: int) -> None:
    first, second = ([round(value / 10) for value in noisy(seed + shift, 12)] for shift in (0, 50))
    expected = mannwhitneyu(first, second, method="asymptotic").pvalue
    assert mann_whitney(first, second) == pytest.approx(expected, abs=1e-12)


def test_equal_samples_are_no_change() -> None:
    assert mann_whitney([1.0] * 9, [1.0] * 9) == 1.0
    assert ratio([2.0] * 9, [2.0] * 9).value == 1.0


def test_the_interval_of_the_ratio_holds_the_truth_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(200):
        change = ratio(noisy(seed, 10), noisy(seed + 1000, 10, 125))
        inside += change.low <= 1.25 <= change.high
    assert 180 <= inside <= 200


def test_few_samples_have_no_interval() -> None:
    change = ratio([1.0, 1.1], [3.0, 3.1])
    assert (change.low, change.high) == (0.0, math.inf)
    verdict, advice = judge(change, 1.1)
    assert verdict == "inconclusive"
    assert "cannot decide" in advice


def test_a_change_turns_round_with_its_samples() -> None:
    one, other = noisy(1, 9), noisy(2, 9, 130)
    there, back = ratio(one, other), ratio(other, one)
    assert there.value == pytest.approx(1 / back.value)
    assert (there.low, there.p) == (pytest.approx(1 / back.high), pytest.approx(back.p))


def verdicts(slower: float, worst: float, count: int = 12, spread: float = 0.1) -> list[str]:
    found = []
    for seed in range(100):
        before, now = noisy(seed, count, spread=spread), noisy(seed + 500, count, 100 * slower, spread)
        floor = max(noise_floor(before), noise_floor(now))
        found.append(judge(ratio(before, now), worst, floor)[0])
    return found


def test_noise_alone_never_fails() -> None:
    assert "fail" not in verdicts(1.0, 1.05)
    assert "fail" not in verdicts(1.0, 1.05, spread=0.4)


def test_a_change_below_the_minimum_effect_never_fails() -> None:
    assert "fail" not in verdicts(1.03, 1.1, count=40, spread=0.02)


def test_a_regression_is_caught() -> None:
    assert verdicts(1.5, 1.1).count("fail") >= 95


def test_a_pass_is_earned() -> None:
    assert verdicts(1.0, 1.5).count("pass") >= 95
    assert verdicts(1.0, 1.01, count=5, spread=0.5).count("pass") <= 6


@pytest.mark.parametrize(
    ("change", "floor", "told"),
    [
        (Ratio(1.12, 0.95, 1.3, 0.2, 10), 1.0, "about 7"),
        (Ratio(1.15, 1.1, 1.2, ALPHA / 10, 10), 1.18, "quieter machine"),
    ],
)
def test_doubt_says_what_would_settle_it(change: Ratio, floor: float, told: str) -> None:
    verdict, advice = judge(change, 1.1, floor)
    assert verdict == "inconclusive"
    assert told in advice


@pytest.mark.parametrize("samples", [[], [1.0], [1.0, 9.0, 2.0]])
def test_few_samples_have_no_noise_floor(samples: Sequence[float]) -> None:
    assert noise_floor(samples) == 1.0


def test_the_noise_floor_follows_the_noise_and_repeats() -> None:
    quiet, loud = noisy(1, 20, spread=0.02), noisy(1, 20, spread=0.3)
    assert 1 < noise_floor(quiet) < noise_floor(loud)
    assert noise_floor(loud) == noise_floor(loud)


def test_samples_must_be_there_and_positive() -> None:
    with pytest.raises(ValueError, match="at least one"):
        mann_whitney([], [1.0])
    with pytest.raises(ValueError, match="positive"):
        ratio([0.0], [1.0])


def pairs(seed: int, count: int, slower: float, wander: float = 1.0) -> tuple[list[float], list[float]]:
    """Costs taken by turns on a machine whose speed wanders by far more than the two differ."""
    draw = random.Random(seed)
    levels = [100 * math.exp(draw.gauss(0, wander)) for _ in range(count)]
    noise = [math.exp(draw.gauss(0, 0.1)) for _ in range(count)]
    return levels, [level * slower * part for level, part in zip(levels, noise, strict=True)]


@pytest.mark.parametrize(("count", "method"), [(6, "exact"), (11, "exact"), (30, "exact"), (80, "approx")])
@pytest.mark.parametrize("seed", range(3))
def test_the_p_value_of_pairs_is_scipys(seed: int, count: int, method: str) -> None:
    first, second = pairs(seed, count, 1.05)
    steps = [math.log(b / a) for a, b in zip(first, second, strict=True)]
    expected = wilcoxon(steps, correction=True, method=method).pvalue
    assert paired_ratio(first, second).p == pytest.approx(expected, rel=1e-6)


def test_eleven_pairs_can_be_significant_and_ten_cannot() -> None:
    assert paired_ratio([1.0] * 11, [2.0 + n for n in range(11)]).p == pytest.approx(2 / 2**11)
    assert paired_ratio([1.0] * 11, [2.0 + n for n in range(11)]).p < ALPHA
    assert paired_ratio([1.0] * 10, [2.0 + n for n in range(10)]).p > ALPHA


def test_pairs_without_a_difference_are_not_significant() -> None:
    assert paired_ratio([1.0] * 20, [1.0] * 20).p == 1.0


def test_pairs_tell_what_a_wandering_machine_hides() -> None:
    first, second = pairs(1, 40, 1.2)
    assert ratio(first, second).low < 1 < ratio(first, second).high
    assert paired_ratio(first, second).low > 1.1


def test_the_interval_of_pairs_holds_the_truth_as_often_as_it_says() -> None:
    changes = [paired_ratio(*pairs(seed, 20, 1.2)) for seed in range(200)]
    assert 180 <= sum(change.low <= 1.2 <= change.high for change in changes) <= 200
    assert paired_ratio([1.0] * 4, [2.0] * 4).high == math.inf
