"""Measures: exponents, slopes and their intervals on figures whose truth is known; counts that repeat."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.measure import measure

LOADS = [10, 20, 40, 80, 160, 320]


@pytest.mark.parametrize(
    ("cost", "exponent"),
    [(lambda n: 3 * n, 1.0), (lambda n: 5 * n**2, 2.0), (lambda n: 7.0, 0.0), (lambda n: n**0.5, 0.5)],
    ids=["n", "n2", "1", "root"],
)
def test_exact_powers_have_their_exponent(cost: Callable[[float], float], exponent: float) -> None:
    found = measure.growth(LOADS, [cost(n) for n in LOADS])
    assert found.exponent == pytest.approx(exponent, abs=1e-9)
    assert found.low <= found.exponent <= found.high


def test_a_logarithm_on_top_shows_as_a_little_more_than_linear() -> None:
    found = measure.growth(LOADS, [n * math.log(n) for n in LOADS])
    assert 1.1 < found.low < found.exponent < found.high < 1.5


def test_the_calls_of_real_work_grow_as_it_does() -> None:
    def pairs(count: int) -> None:
        for _ in range(count):
            called(count)

    linear = measure.growth(LOADS, [measure.count_calls(called, n) for n in LOADS])
    squared = measure.growth(LOADS, [measure.count_calls(pairs, n) for n in LOADS])
    assert 0.9 < linear.low <= linear.high < 1.1
    assert 1.9 < squared.low <= squared.high < 2.1


def test_what_is_paid_once_hides_growth_from_the_whole_but_not_from_the_end() -> None:
    costs = [100_000 + 20 * n + n**2 for n in LOADS]
    assert measure.growth(LOADS, costs).exponent < 0.5
    assert measure.growth_at_the_end(LOADS, costs).exponent > 1.6
    assert measure.growth_at_the_end(LOADS, [100_000 + 20 * n for n in LOADS]).exponent == pytest.approx(1.0)


def test_a_cost_that_falls_is_no_error() -> None:
    assert measure.growth_at_the_end(LOADS, [1000 - n for n in LOADS]).exponent == pytest.approx(1.0)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        noisy = [n * math.exp(generator.normal(0, 0.3)) for n in LOADS]
        found = measure.growth(LOADS, noisy)
        covered += found.low <= 1.0 <= found.high
    assert 0.92 <= covered / 400 <= 0.98


@pytest.mark.parametrize("degrees", [1, 5, 30, 31, 60, 1000])
def test_the_quantiles_of_t(degrees: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    assert measure.t_975(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=2e-3)


def test_a_slope_in_noise() -> None:
    generator = np.random.default_rng(2)
    steps = np.arange(200)
    leak = measure.slope(list(1000 + 0.5 * steps + generator.normal(0, 5, 200)))
    flat = measure.slope(list(1000 + generator.normal(0, 5, 200)))
    assert leak.low < 0.5 < leak.high
    assert flat.low < 0 < flat.high


def test_a_slope_over_steps_of_its_own() -> None:
    assert measure.slope([0.0, 20.0, 30.0], steps=[0, 10, 15]).per_step == pytest.approx(2.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: measure.growth([1, 2], [1, 2]),
        lambda: measure.growth([1, 2, 3], [1, 0, 3]),
        lambda: measure.growth([2, 2, 2], [1, 1, 1]),
        lambda: measure.slope([1, 2]),
        lambda: measure.growth_at_the_end([1, 2, 3], [1, 2, 3]),
        lambda: measure.growth_at_the_end([1, 3, 2, 4], [1, 2, 3, 4]),
    ],
)
def test_figures_that_tell_nothing_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(InvalidInputError):
        call()


def called(times: int) -> None:
    for number in range(times):
        abs(number)


def test_calls_are_counted_and_repeat() -> None:
    counts = {measure.count_calls(called, 100) for _ in range(5)}
    assert len(counts) == 1
    assert counts.pop() - measure.count_calls(called, 0) == 100


def test_counting_leaves_no_profiler_behind_also_when_the_function_raises() -> None:
    import sys

    before = sys.getprofile()
    with pytest.raises(ZeroDivisionError):
        measure.count_calls(lambda: 1 / 0)
    assert sys.getprofile() is before


def test_the_peak_remembers_what_was_freed_until_it_is_reset() -> None:
    measure.reset_peak()
    before = measure.peak_bytes()
    held = np.ones(8_000_000)
    size = held.nbytes
    del held
    assert measure.peak_bytes() - before > 0.9 * size  # the kernel counts pages in batches
    measure.reset_peak()
    assert measure.peak_bytes() - before < 0.5 * size


def test_open_files_and_threads_are_those_of_now(tmp_path: Path) -> None:
    before = measure.usage_of_self(time.perf_counter())
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    with (tmp_path / "file").open("w"):
        during = measure.usage_of_self(time.perf_counter())
    release.set()
    thread.join()
    assert (during.open_files - before.open_files, during.threads - before.threads) == (1, 1)
    assert measure.open_files() == before.open_files
    assert 0 < measure.resident_bytes() <= measure.peak_bytes()
