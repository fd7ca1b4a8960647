"""Drift: a leak is told with its size, and noise is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytest_optbench.errors import InvalidInputError
from scenarios.long_running.drift import BOUNDS, Leak, ResourceSample, leaks

STILL = ResourceSample(0, memory=10**8, open_files=5, threads=2, objects=50_000, loggers=20, temporary_files=3)


def still(count: int = 20) -> list[ResourceSample]:
    return [replace(STILL, runs=100 * n) for n in range(count)]


def leaking(name: str, per_run: float, count: int = 20) -> list[ResourceSample]:
    return [replace(one, **{name: getattr(one, name) + int(per_run * one.runs)}) for one in still(count)]


def test_a_process_that_holds_the_same_all_along_has_no_leak() -> None:
    found = list(leaks(still()))
    assert {leak.name for leak in found} == set(BOUNDS)
    assert all(leak.trend == "flat" for leak in found)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_leak_of_each_kind_is_found_and_no_other(name: str) -> None:
    found = {leak.name: leak for leak in leaks(leaking(name, 3 * BOUNDS[name][1]))}
    assert [one for one, leak in found.items() if leak.trend == "leak"] == [name]
    assert found[name].slope.per_step == pytest.approx(3 * BOUNDS[name][1], rel=0.05)
    assert BOUNDS[name][0] in str(found[name])


def test_what_grows_at_first_and_then_no_more_is_no_leak() -> None:
    warming = [replace(one, memory=10**8 + min(one.runs, 600) * 10_000) for one in still()]
    assert all(leak.trend == "flat" for leak in leaks(warming))


@pytest.mark.parametrize("name", BOUNDS)
def test_the_bound_is_where_the_promise_says(name: str) -> None:
    _, bound = BOUNDS[name]
    inside, outside = (
        next(leak for leak in leaks(leaking(name, share * bound, 200)) if leak.name == name) for share in (0.9, 1.1)
    )
    assert (inside.trend, outside.trend) == ("flat", "leak")
    assert f"at most {bound:,g} " in str(inside.promise)
    assert inside.promise.id == f"long-running.{name.replace('_', '-')}"


def noisy(bytes_of_noise: float, per_run: float = 0.0, count: int = 60) -> Leak:
    generator = np.random.default_rng(3)
    samples = [
        replace(one, memory=int(10**8 + per_run * one.runs + generator.normal(0, bytes_of_noise)))
        for one in still(count)
    ]
    return next(leak for leak in leaks(samples) if leak.name == "memory")


def test_noise_within_the_bound_is_no_leak() -> None:
    assert noisy(10**5).trend == "flat"


def test_noise_that_could_hide_a_leak_decides_nothing() -> None:
    assert noisy(10**7).trend == "undecided"
    assert noisy(10**7).noticed_from > 2_000


def test_a_leak_that_the_noise_cannot_hide_is_told() -> None:
    leak = noisy(10**6, per_run=3_000)
    assert leak.trend == "leak"
    assert leak.slope.per_step > leak.noticed_from


def test_a_few_samples_tell_nothing() -> None:
    with pytest.raises(InvalidInputError, match="six or more"):
        list(leaks(still(5)))
