"""Drift: a leak is told with its size, and noise is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.drift import BOUNDS, Held, leaks

STILL = Held(0, memory=10**8, open_files=5, threads=2, objects=50_000, loggers=20, temporary_files=3)


def still(count: int = 20) -> list[Held]:
    return [replace(STILL, runs=100 * n) for n in range(count)]


def leaking(name: str, per_run: float, count: int = 20) -> list[Held]:
    return [replace(one, **{name: getattr(one, name) + int(per_run * one.runs)}) for one in still(count)]


def test_a_process_that_holds_the_same_all_along_has_no_leak() -> None:
    found = list(leaks(still()))
    assert {leak.name for leak in found} == set(BOUNDS)
    assert all(leak.is_flat for leak in found)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_leak_of_each_kind_is_found_and_no_other(name: str) -> None:
    found = {leak.name: leak for leak in leaks(leaking(name, 3 * BOUNDS[name][1]))}
    assert [one for one, leak in found.items() if not leak.is_flat] == [name]
    assert found[name].slope.per_step == pytest.approx(3 * BOUNDS[name][1], rel=0.05)
    assert BOUNDS[name][0] in str(found[name])


def test_what_grows_at_first_and_then_no_more_is_no_leak() -> None:
    warming = [replace(one, memory=10**8 + min(one.runs, 600) * 10_000) for one in still()]
    assert all(leak.is_flat for leak in leaks(warming))


def test_noise_is_no_leak() -> None:
    generator = np.random.default_rng(3)
    noisy = [replace(one, memory=int(10**8 + generator.normal(0, 10**6))) for one in still(60)]
    assert all(leak.is_flat for leak in leaks(noisy))


def test_a_few_samples_tell_nothing() -> None:
    with pytest.raises(InvalidInputError, match="six or more"):
        list(leaks(still(5)))
