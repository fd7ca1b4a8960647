"""Hitting times, restarts, average runtimes and ECDFs on histories small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.optimizers import (
    average_runtime,
    coco_targets,
    ecdf,
    hitting_times,
    optimize,
    problem,
    restarted_runtimes,
)

INF = np.inf


def test_targets_are_those_of_coco() -> None:
    targets = coco_targets()
    assert targets.shape == (51,)
    np.testing.assert_allclose(targets[[0, 5, 10, 50]], [1e2, 1e1, 1e0, 1e-8])


def test_a_target_is_hit_when_it_is_reached() -> None:
    evaluations, best = [1, 2, 5, 9], [8.0, 3.0, 3.0, 0.5]
    times = hitting_times(evaluations, best, [100.0, 8.0, 7.9, 3.0, 1.0, 0.5, 0.4])
    np.testing.assert_array_equal(times, [1, 1, 2, 2, 9, 9, INF])


def test_a_history_without_points_hits_nothing() -> None:
    np.testing.assert_array_equal(hitting_times([], [], [1.0, 2.0]), [INF, INF])


def test_worthless_values_hit_nothing() -> None:
    np.testing.assert_array_equal(hitting_times([1, 2, 3], [INF, INF, 4.0], [10.0]), [3])


def test_hitting_times_agree_with_a_real_history() -> None:
    result = optimize("evolution_strategy", problem("sphere", 5), 2000, np.random.default_rng(0))
    for target, time in zip(
        coco_targets(),
        hitting_times(result.history_evaluations, result.history_f, coco_targets()),
        strict=True,
    ):
        reached = np.flatnonzero(result.history_f <= target)
        assert time == (result.history_evaluations[reached[0]] if reached.size else INF)


@pytest.mark.parametrize(
    ("evaluations", "best"),
    [
        ([1, 2], [3.0]),
        ([2, 1], [3.0, 2.0]),
        ([1, 1], [3.0, 2.0]),
        ([1, 2], [2.0, 3.0]),
        ([1, 2], [INF, np.nan]),
    ],
)
def test_what_is_no_history_is_refused(evaluations: list[int], best: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="history"):
        hitting_times(evaluations, best, [1.0])


def test_an_ecdf_counts_pooled_runtimes() -> None:
    runtimes = [[10.0, 20.0], [20.0, INF]]
    np.testing.assert_array_equal(ecdf(runtimes, [9, 10, 15, 20, 1e9, INF]), [0, 0.25, 0.25, 0.75, 0.75, 0.75])


def test_an_ecdf_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="at least one"):
        ecdf([], [1.0])


def test_average_runtime_charges_vain_runs() -> None:
    assert average_runtime([10.0, INF, 30.0], [100.0, 100.0, 50.0]) == (10 + 100 + 30) / 2
    assert average_runtime([INF, INF], [100.0, 100.0]) == INF


def test_restarts_of_a_sure_success_are_its_runtimes() -> None:
    samples = restarted_runtimes([[4.0], [6.0]], [9, 9], np.random.default_rng(0), 500)
    assert set(samples.ravel()) == {4.0, 6.0}


def test_restarts_add_up_what_vain_runs_spent() -> None:
    samples = restarted_runtimes([[4.0], [INF]], [9, 100], np.random.default_rng(0), 2000)
    assert samples.shape == (1, 2000)
    np.testing.assert_array_equal(samples % 100, 4.0)
    assert np.mean(samples == 4.0) == pytest.approx(0.5, abs=0.05)
    assert np.mean(samples == 104.0) == pytest.approx(0.25, abs=0.05)


def test_restarted_runtimes_average_to_the_average_runtime() -> None:
    hits, spent = np.array([5.0, INF, 40.0, INF, INF]), np.array([60.0, 70.0, 80.0, 90.0, 20.0])
    samples = restarted_runtimes(hits[:, None], spent, np.random.default_rng(1), 40_000)
    assert samples.mean() == pytest.approx(average_runtime(hits, spent), rel=0.03)


def test_restarts_never_reach_what_no_run_reached() -> None:
    samples = restarted_runtimes([[4.0, INF], [6.0, INF]], [9, 9], np.random.default_rng(0), 10)
    assert np.all(np.isfinite(samples[0]))
    assert np.all(np.isinf(samples[1]))


@pytest.mark.parametrize(("hits", "spent"), [([4.0, 6.0], [9, 9]), ([[4.0], [6.0]], [9])])
def test_tables_of_other_shapes_are_refused(hits: list, spent: list[int]) -> None:
    with pytest.raises(InvalidInputError, match="got shapes"):
        restarted_runtimes(hits, spent, np.random.default_rng(0), 10)
