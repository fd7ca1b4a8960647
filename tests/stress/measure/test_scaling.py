"""Time between runs, quantiles, knees and efficiencies, on figures made by hand."""

from __future__ import annotations

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.measure.scaling import efficiency, gaps, knee, quantile, steady_cost
from pytest_optbench.stress.witness.log import Execution


def execution(thread: int, started: float, finished: float | None) -> Execution:
    return Execution(f"{thread}-{started}", "session", 1, thread, started, finished)


def test_gaps_are_within_a_thread_and_in_order_of_time() -> None:
    history = [execution(1, 10.0, 11.0), execution(2, 0.0, 5.0), execution(1, 0.0, 4.0), execution(2, 5.5, 6.0)]
    assert sorted(gaps(history)) == [0.5, 6.0]


def test_an_interrupted_execution_begins_no_gap() -> None:
    assert gaps([execution(1, 0.0, None), execution(1, 3.0, 4.0), execution(1, 6.0, None)]) == [2.0]


def test_a_single_run_has_no_gap() -> None:
    assert gaps([execution(1, 0.0, 1.0)]) == []


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.01, 1), (0.5, 5), (0.51, 6), (0.99, 10), (1, 10)])
def test_quantiles_are_values_that_were_seen(share: float, value: float) -> None:
    assert quantile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == value


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 1.1), ([1.0], -0.1)])
def test_no_quantile_without_values_or_beyond_all(values: list[float], share: float) -> None:
    with pytest.raises(InvalidInputError, match="no quantile"):
        quantile(values, share)


def test_the_knee_is_where_more_gain_nothing() -> None:
    assert knee({1: 10.0, 2: 19.0, 4: 20.0, 8: 15.0}) == 2
    assert knee({1: 10.0, 2: 20.0, 4: 40.0}) == 4
    assert knee({1: 10.0, 2: 5.0}) == 1


def test_efficiency_is_compared_with_the_fewest() -> None:
    assert efficiency({2: 20.0, 1: 10.0, 4: 10.0}) == {1: 1.0, 2: 1.0, 4: 0.25}


def test_the_steady_cost_begins_with_the_last_worker() -> None:
    slow_start = [execution(1, 0.0, 5.0), execution(1, 5.0, 10.0), execution(2, 8.0, 11.0), execution(1, 10.0, 14.0)]
    assert steady_cost(slow_start) == 3.0  # from 8 to 14, two runs


def test_the_steady_cost_of_one_worker_is_that_of_all_its_runs() -> None:
    assert steady_cost([execution(1, 1.0, 2.0), execution(1, 3.0, 5.0)]) == 2.0


@pytest.mark.parametrize("history", [[], [execution(1, 0.0, None)]])
def test_no_steady_cost_where_nothing_ended(history: list[Execution]) -> None:
    with pytest.raises(InvalidInputError, match="none finished"):
        steady_cost(history)
