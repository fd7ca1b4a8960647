"""The search for a limit: right answers, few probes, and an honest reason for stopping."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.measure.limits import SearchResult, largest


class Clock:
    """Time that passes by one second a probe."""

    def __init__(self) -> None:
        self.probes: list[int] = []

    def __call__(self) -> float:
        return float(len(self.probes))

    def up_to(self, limit: int) -> Callable[[int], tuple[float, bool]]:
        def probe(load: int) -> tuple[float, bool]:
            self.probes.append(load)
            return load / 2, load <= limit

        return probe


def search(limit: int, *, budget: float = math.inf, **more: float) -> tuple[SearchResult, list[int]]:
    clock = Clock()
    found = largest(clock.up_to(limit), budget=budget, clock=clock, **{"ceiling": 10**9, **more})  # type: ignore[arg-type]
    return found, clock.probes


@given(st.integers(1, 10**8), st.integers(1, 50), st.sampled_from([1.0, 1.05, 1.25, 2.0]), st.integers(2, 10))
def test_the_limit_is_bracketed_to_the_resolution(limit: int, start: int, resolution: float, factor: int) -> None:
    found, probes = search(limit, start=start, resolution=resolution, factor=factor)
    broken = min(probe.load for probe in found.curve if not probe.held)
    if limit < start:
        assert (found.value, broken, len(probes)) == (0, start, 1)
        return
    assert found.value <= limit < broken
    assert broken <= max(found.value + 1, found.value * resolution)
    assert found.stopped == "broke"


@given(st.integers(0, 10**8), st.integers(2, 10))
def test_no_load_is_probed_twice_and_the_curve_has_every_probe(limit: int, factor: int) -> None:
    found, probes = search(limit, factor=factor)
    assert len(set(probes)) == len(probes)
    assert [probe.load for probe in found.curve] == sorted(probes)
    assert all(probe.held == (probe.load <= limit) and probe.value == probe.load / 2 for probe in found.curve)


@given(st.integers(1, 10**8))
def test_probes_grow_with_the_logarithm(limit: int) -> None:
    _, probes = search(limit)
    assert len(probes) <= math.log2(limit) + 2 + 3  # the ramp, and bisecting a factor of 2 down to 1.25


def test_a_ceiling_that_holds_ends_the_search() -> None:
    found, probes = search(10**12, ceiling=1000)
    assert (found.value, found.stopped, probes[-1]) == (1000, "ceiling", 1000)


def test_the_budget_ends_it_between_probes_but_never_before_the_first() -> None:
    found, probes = search(10**6, budget=4)
    assert (found.value, found.stopped, probes) == (8, "budget", [1, 2, 4, 8])
    found, probes = search(10**6, budget=0)
    assert (found.value, found.stopped, probes) == (1, "budget", [1])


def test_a_first_load_that_breaks_is_a_limit_of_0() -> None:
    found, probes = search(0)
    assert (found.value, found.stopped, probes) == (0, "broke", [1])


def test_what_a_probe_raises_is_the_callers() -> None:
    def probe(load: int) -> tuple[float, bool]:
        raise OSError(load)

    with pytest.raises(OSError, match="1"):
        largest(probe, ceiling=10, budget=1)


@pytest.mark.parametrize("wrong", [{"start": 0}, {"start": 11}, {"factor": 1}, {"resolution": 0.5}])
def test_a_search_without_a_range_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError, match="cannot search from"):
        largest(lambda load: (load, True), ceiling=10, budget=1, **wrong)  # type: ignore[arg-type]
