"""The spaces of the benchmark: exact counts, all cases distinct, every parameter active."""

from __future__ import annotations

import pytest

from pytest_optbench.benchmark import spaces
from pytest_optbench.benchmark.resolver import resolve
from pytest_optbench.benchmark.sweep import REPLICATES, Sweep
from pytest_optbench.errors import InvalidInputError, UnknownNameError
from pytest_optbench.grids import Source
from pytest_optbench.optimizers import ALGORITHMS

COUNTS = {"light": 16, "medium": 384, "heavy": 4_000}
RUNS = {"light": 32, "medium": 1_152, "heavy": 20_000, "extreme": 26_372_000}


def texts(source: Source) -> set[str]:
    return {repr(sorted(case.params.items())) for case in source}


@pytest.mark.parametrize("intensity", COUNTS)
def test_exact_counts_of_distinct_cases(intensity: str) -> None:
    space = spaces.space(intensity)
    assert space.size == COUNTS[intensity] == len(texts(space))


def test_the_extreme_space_is_counted_without_walking() -> None:
    assert 2_000_000 <= spaces.space("extreme").size <= 5_000_000
    assert spaces.naive("extreme").size > 10**15


@pytest.mark.parametrize("intensity", RUNS)
def test_runs_are_cases_times_replicates(intensity: str) -> None:
    assert Sweep.of_intensity(intensity).runs == RUNS[intensity] == spaces.space(intensity).size * REPLICATES[intensity]


@pytest.mark.parametrize("intensity", spaces.INTENSITIES)
def test_every_parameter_is_active(intensity: str) -> None:
    """What the resolver drops would be an inactive parameter; it drops nothing of a composed case."""
    space = spaces.space(intensity)
    for case in space.sample(min(space.size, 500), seed=3):
        assert set(case.params) <= set(resolve({}, case.params))


def test_naive_cases_hold_parameters_that_do_nothing() -> None:
    case = spaces.naive("heavy")[0]
    assert not set(case.params) <= set(resolve({}, case.params))


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_targeted_sweeps_one_algorithm_on_one_problem(algorithm: str) -> None:
    cases = [case.params for case in spaces.targeted(algorithm, "griewank")]
    assert {(case["algorithm"], case["problem"]) for case in cases} == {(algorithm, "griewank")}


def test_targeted_refuses_unknown_names() -> None:
    with pytest.raises(UnknownNameError, match="choose one of adam, evolution_strategy"):
        Sweep.of_algorithm("adm", "sphere", 1)
    with pytest.raises(UnknownNameError, match="choose one of ackley, griewank"):
        Sweep.of_algorithm("adam", "spher", 1)
    with pytest.raises(InvalidInputError, match="replicates"):
        Sweep.of_algorithm("adam", "sphere", -1)


@pytest.mark.parametrize("trials", [1, 4, 5, 503])
def test_random_sweeps_have_the_trials_asked_for(trials: int) -> None:
    space = spaces.sampled(trials)
    assert space.size == trials == len(texts(space))


def test_shards_partition_a_sweep() -> None:
    whole = Sweep.of_intensity("medium")
    parts = [texts(whole.part(index, 4).space) for index in range(4)]
    assert sum(map(len, parts)) == whole.space.size
    assert set().union(*parts) == texts(whole.space)


def test_a_drawn_sweep_never_repeats_a_case() -> None:
    whole = Sweep.of_intensity("extreme")
    first, second = texts(whole.random_slice(0, 200).space), texts(whole.random_slice(200, 400).space)
    assert len(first) == len(second) == 200
    assert not first & second


@pytest.mark.parametrize("intensity", COUNTS)
def test_cases_are_different_runs_once_resolved(intensity: str) -> None:
    resolved = {repr(sorted(resolve({}, case.params).items())) for case in spaces.space(intensity)}
    assert len(resolved) == COUNTS[intensity]
