"""A forecast from made-up measurements: sizes, wall times by workers, limits in their order, intervals."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_optbench.forecast.forecast import forecast, sizes_around
from pytest_optbench.forecast.measurements import Measurements, Resources, WorkerCosts, stored_size
from pytest_optbench.report.forecast import Cost, CostForecast, Forecast

SIZES = (1, 60, 250, 1_000)
RUNS = 1_000_000
MEASURED = Measurements(
    sweeps=tuple((size, 0.5 + 0.002 * size) for size in SIZES for _ in range(3)),
    disk=tuple((size, 8_192.0 * (size + 2)) for size in SIZES),
    inodes=tuple((size, 2.0 * size + 3) for size in SIZES),
    resumes=tuple((size, 1e-4 * size) for size in SIZES for _ in range(3)),
    readings=tuple((size, 2e-4 * size) for size in SIZES for _ in range(3)),
    running_memory=tuple((size, 5e7 + 900.0 * size) for size in (1, 60, 120)),
    planning_memory=tuple((size, 5e7) for size in (500, 1_000, 2_000, 4_000)),
    reading_memory=((1, 6e7), (1_000, 6e7 + 1_100 * 999)),
    workers={
        1: WorkerCosts(0.5, (0.002, 0.002, 0.002), (0.002, 0.002, 0.002)),
        2: WorkerCosts(0.7, (0.001, 0.0011, 0.0009), (0.002, 0.0022, 0.0018)),
        4: WorkerCosts(1.0, (0.00099, 0.00108, 0.00089), (0.002, 0.0022, 0.0018)),
    },
    seconds=42.0,
    notes=("a note",),
)
PLENTY = Resources(disk=1e15, inodes=1e12, memory=1e15)


def made(measured: Measurements = MEASURED, resources: Resources = PLENTY, runs: int = RUNS) -> Forecast:
    return forecast(measured, resources, runs, "noop", "thread")


def cost(found: Forecast, name: Cost, workers: int = 0) -> CostForecast:
    return next(one for one in found.costs if (one.cost, one.workers) == (name, workers))


@pytest.mark.parametrize(
    ("runs", "sizes"), [(1, (1, 10)), (5, (1, 5, 50)), (10**6, (10**5, 10**6, 10**7)), (99, (9, 99, 990))]
)
def test_the_decades_around_a_number(runs: int, sizes: tuple[int, ...]) -> None:
    assert sizes_around(runs) == sizes


@pytest.mark.parametrize(
    ("name", "workers", "expected"),
    [
        ("wall time", 1, 0.5 + 0.002 * RUNS),
        ("wall time", 2, 0.7 + 0.001 * RUNS),
        ("disk", 0, 8_192 * (RUNS + 2)),
        ("inodes", 0, 2 * RUNS + 3),
        ("memory to run", 0, 5e7 + 900 * RUNS),
        ("memory to plan", 0, 5e7),
        ("memory to read back", 0, 6e7 + 1_100 * (RUNS - 1)),
        ("time to resume", 0, 1e-4 * RUNS),
        ("time to read back", 0, 2e-4 * RUNS),
    ],
)
def test_exact_measurements_give_exact_forecasts(name: Cost, workers: int, expected: float) -> None:
    found = cost(made(), name, workers).at[1]
    assert found.value == pytest.approx(expected, rel=1e-3)
    assert found.low <= found.value <= found.high


def test_the_knee_is_the_fewest_workers_that_are_nearly_as_fast_as_any() -> None:
    assert made().knee == 2
    assert made(replace(MEASURED, workers={})).knee == 1


def test_noise_of_the_exponent_carries_through() -> None:
    noisy = tuple((size, (0.5 + 0.002 * size) * factor) for size in SIZES for factor in (0.9, 1.0, 1.1))
    exact, wide = (cost(made(replace(MEASURED, sweeps=sweeps)), "wall time", 1) for sweeps in (MEASURED.sweeps, noisy))
    assert wide.growth is not None
    assert wide.growth.low < 1 < wide.growth.high
    ratio = wide.at[1].high / wide.at[1].value
    assert ratio >= 0.8 * (RUNS / 1_000) ** (wide.growth.high - 1)
    assert wide.at[2].high / wide.at[2].value > ratio
    assert exact.at[1].high / exact.at[1].value < 1.01


@pytest.mark.parametrize(
    ("resources", "name", "runs"),
    [
        (replace(PLENTY, inodes=2e6 + 3), "inodes of this disk", 1e6),
        (replace(PLENTY, inodes=2e6 + 3, disk=8_192 * 1_002), "space on this disk", 1_000),
        (replace(PLENTY, memory=5e7 + 9e8), "memory of this machine, to read back,", (9e8 - 1e7) / 1_100),
        (replace(PLENTY, inodes=None, disk=8_192 * 1e9), "space on this disk", 1e9),
    ],
)
def test_the_first_limit_is_the_one_that_the_fewest_runs_meet(resources: Resources, name: str, runs: float) -> None:
    first = made(resources=resources).first_limit
    assert first is not None
    assert first.name == name
    assert first.runs == pytest.approx(runs, rel=0.01)


def test_a_cost_that_does_not_grow_meets_no_limit() -> None:
    limits = made(resources=replace(PLENTY, memory=1e9)).limits
    assert [limit.cost for limit in limits][:2] == ["memory to read back", "memory to run"]
    assert "memory to plan" not in {limit.cost for limit in limits}


def test_no_limit_beyond_a_million_million_runs() -> None:
    assert made(resources=Resources(disk=1e18, inodes=None, memory=1e18)).first_limit is None


def test_what_was_not_measured_is_left_out() -> None:
    found = made(Measurements(sweeps=((1, 9.0), (1, 10.0), (1, 11.0))))
    assert [one.cost for one in found.costs] == ["wall time"]
    assert found.costs[0].growth is None
    assert found.largest == 1
    assert found.limits == ()


def test_the_size_of_a_store_counts_every_inode_once(tmp_path: Path) -> None:
    store = tmp_path / "a store"
    (store / "runs").mkdir(parents=True)
    (store / "runs" / "one").write_bytes(b"x" * 10_000)
    (store / "runs" / "again").hardlink_to(store / "runs" / "one")
    (store / "link").symlink_to(store / "runs")
    taken, inodes = stored_size(store)
    assert inodes == 4
    assert taken >= 8_192


def test_resources_are_those_of_the_disk(tmp_path: Path) -> None:
    found = Resources.near(tmp_path)
    assert found.disk > 0
    assert found.memory > 0
    assert found.inodes is None or not math.isnan(found.inodes)
