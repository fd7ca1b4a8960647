"""Make a forecast of measurements: what N runs and the decades around it take, and the limit that is met first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pytest_optbench.report.forecast import Cost, CostForecast, Estimate, Forecast, ResourceLimit, Unit
from pytest_optbench.stress.measure.extrapolation import (
    Curve,
    Point,
    Prediction,
    TimeCurve,
    fit_counts,
    fit_times,
    load_at,
    medians_by_load,
    ratio_of_costs,
)
from pytest_optbench.stress.measure.scaling import knee

from .measurements import Measurements, Resources

DECADE = 10
FARTHEST = 1e12  # runs: a limit beyond is none


def sizes_around(runs: int) -> tuple[int, ...]:
    """Return a number of runs and the decades around it, each once."""
    return tuple(dict.fromkeys((max(1, runs // DECADE), runs, runs * DECADE)))


def forecast(measured: Measurements, resources: Resources, runs: int, payload: str, executor: str) -> Forecast:
    """Return the forecast of `runs` runs that follows from measurements and from what this machine has left."""
    sizes = sizes_around(runs)
    sweeps = fit_times(measured.sweeps)
    curves = list(_curves(measured))
    costs = [*_wall_times(measured, sweeps, sizes), *(_cost(*each, sizes) for each in curves)]
    return Forecast(
        runs=runs,
        payload=payload,
        executor=executor,
        sizes=sizes,
        costs=tuple(costs),
        largest=int(max(load for load, _ in measured.sweeps)),
        knee=knee({cost.workers: 1 / cost.at[-1].value for cost in costs if cost.cost == "wall time"}),
        seconds=measured.seconds,
        limits=tuple(sorted(_limits(curves, resources), key=lambda limit: limit.runs)),
        notes=measured.notes,
    )


def _wall_times(measured: Measurements, sweeps: TimeCurve, sizes: Sequence[int]) -> Iterator[CostForecast]:
    """Yield the wall time of each number of workers: that of one worker, times the ratio of their costs."""
    yield _cost("wall time", "s", sweeps, measured.sweeps, sizes, workers=1)
    for workers, costs in measured.workers.items():
        if workers == 1:
            continue
        ratio = ratio_of_costs(costs.costs, costs.of_one)
        at = [sweeps.variable(size).times(ratio) for size in sizes]
        estimates = tuple(Estimate(*(costs.start + seconds for seconds in each)) for each in at)
        yield CostForecast("wall time", "s", estimates, workers, growth=_growth(sweeps))


def _curves(measured: Measurements) -> Iterator[tuple[Cost, Unit, Curve, Sequence[Point]]]:
    """Yield each cost that does not depend on the number of workers, with its curve; those without points are none."""
    counts: tuple[tuple[Cost, Unit, Sequence[Point]], ...] = (
        ("disk", "bytes", measured.disk),
        ("inodes", "count", measured.inodes),
        ("memory to run", "bytes", measured.running_memory),
        ("memory to plan", "bytes", measured.planning_memory),
        ("memory to read back", "bytes", measured.reading_memory),
    )
    times: tuple[tuple[Cost, Unit, Sequence[Point]], ...] = (
        ("time to resume", "s", measured.resumes),
        ("time to read back", "s", measured.readings),
    )
    yield from ((cost, unit, fit_counts(points), points) for cost, unit, points in counts if len(points) > 1)
    yield from ((cost, unit, fit_times(points), points) for cost, unit, points in times if len(points) > 2)


def _cost(
    cost: Cost, unit: Unit, curve: Curve, points: Sequence[Point], sizes: Sequence[int], workers: int = 0
) -> CostForecast:
    at = tuple(Estimate(*curve.at(size)) for size in sizes)
    return CostForecast(cost, unit, at, workers, tuple(sorted(medians_by_load(points).items())), _growth(curve))


def _growth(curve: Curve) -> Estimate | None:
    found = curve.growth
    return None if found is None else Estimate(found.exponent, found.low, found.high)


def _limits(
    curves: Sequence[tuple[Cost, Unit, Curve, Sequence[Point]]], resources: Resources
) -> Iterator[ResourceLimit]:
    available: dict[Cost, tuple[str, float | None]] = {
        "disk": ("space on this disk", resources.disk),
        "inodes": ("inodes of this disk", resources.inodes),
        "memory to run": ("memory of this machine, to run,", resources.memory),
        "memory to plan": ("memory of this machine, to plan,", resources.memory),
        "memory to read back": ("memory of this machine, to read back,", resources.memory),
    }
    for cost, unit, curve, _ in curves:
        name, there = available.get(cost, ("", None))
        at = None if there is None else load_at(curve, there)
        if there is not None and at is not None and at.value < FARTHEST:
            yield ResourceLimit(name, cost, there, unit, *_finite(at))


def _finite(at: Prediction) -> tuple[float, float, float | None]:
    return at.value, at.low, None if math.isinf(at.high) else at.high
