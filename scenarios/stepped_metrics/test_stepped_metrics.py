"""Stepped metrics: no point is lost, altered or reordered within its step, and a bad value does not cost the run.

Promise: every number captured at any step reads back in its series as it was captured, from strict JSON where it is
kept as JSON; a value that cannot be kept is refused by name; no run that failed or was killed midway leaves half of a
series in a success.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.reading import read_with_series
from pytest_optbench.drive.run_and_audit import run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.strict_json import bytes_below, invalid_json
from pytest_optbench.stress.measure.limits import largest
from pytest_optbench.stress.process.child import ResourceLimits, start_child
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, run_key

from .bad_values import bad_value_message
from .workload import BAD, PLAIN, REFUSAL, SERIES, drive_in_child, fast_points, one_bad_point, stepping

STRICT = promise("stepped-metrics.strict-json")
HARMLESS = promise("stepped-metrics.bad-values-are-harmless")
UNFINISHED = promise("stepped-metrics.killed-is-no-success")
WHOLE = promise("stepped-metrics.every-point")
SECOND = 1.0
PATIENCE = 120.0  # seconds until a child that should wait midway is given up


POINTS = {"light": 1_000, "medium": 100_000, "heavy": 1_000_000, "extreme": 10**8}
BYTES = 20  # of a point in a store: its step and its value, as text or as numbers


def every_point(runs: int = 1, share: float = 1.0) -> pytest.MarkDecorator:
    """The load table of a part that captures a share of its points in each of so many runs."""
    return pytest.mark.breaking_point(
        "stepped-metrics",
        **POINTS,
        explain=lambda load, _settings: explain_runs(runs, artifact=round(share * BYTES * load.size)),
    )


def drive_shapes(scenario: Scenario, shapes: Iterable[str]) -> None:
    """Capture `load` points of every shape, one run for each shape, and audit each point; then check all JSON."""
    scenario.target.require("steps")
    chosen = list(shapes)
    for points in scenario.sizes("points"):
        planned_sweep = PlannedSweep("steps", stepping, [{"shape": shape, "points": points} for shape in chosen])
        ctx = scenario.at(f"points-{points}")
        scenario.judge(run_and_audit(planned_sweep, ctx))
        judge_json(scenario, ctx)


def judge_json(scenario: Scenario, ctx: SweepContext) -> None:
    invalid = invalid_json(Path(ctx.options.store))
    if invalid:
        scenario.breaks(STRICT, f"{invalid[0]}.", len(invalid) - 1)


@every_point(len(PLAIN))
def test_points(load: Load, scenario: Scenario) -> None:
    """Points of one name or several, in order, shuffled, repeated and far apart, are all kept."""
    drive_shapes(scenario, PLAIN)


@every_point()
def test_not_finite(load: Load, scenario: Scenario) -> None:
    """NaN, infinities, -0.0 and the ends of the range are kept, and strict JSON stays strict."""
    drive_shapes(scenario, ["not finite"])


@every_point()
def test_numpy_scalars(load: Load, scenario: Scenario) -> None:
    """Values and steps may be numpy scalars."""
    drive_shapes(scenario, ["numpy scalars"])


@every_point()
def test_odd_names(load: Load, scenario: Scenario) -> None:
    """A metric may be called train/loss, status or "..": every series is kept under its own name."""
    drive_shapes(scenario, ["odd names"])


@pytest.mark.breaking_point(
    "stepped-metrics", light=10, medium=10_000, heavy=1_000_000, extreme=10**8,
    explain=lambda load, _settings: explain_runs(len(BAD), artifact=BYTES * load.size),
)  # fmt: skip
def test_bad_values(load: Load, scenario: Scenario) -> None:
    """A value that is no number, in the middle of a series, costs no other point."""
    scenario.target.require("steps")
    for points in scenario.sizes("points"):
        judge_bad_values(scenario, points)


def judge_bad_values(scenario: Scenario, points: int) -> None:
    """Capture each bad value in the middle of `points` good ones, in a run of its own."""
    planned_sweep = PlannedSweep("bad", one_bad_point, [{"bad": bad, "points": points} for bad in BAD])
    ctx = scenario.at(f"points-{points}")
    summary = ctx.target.run(planned_sweep.experiment(ctx.target), ctx.options)
    runs = read_with_series(ctx, planned_sweep.experiment(ctx.target), SERIES).runs
    scenario.ran(executed=len(BAD), audited=len(runs), seconds=summary.seconds)
    stored = {run.metrics.get(WITNESS_METRIC): run for run in runs}
    middle, good = points // 2, [(step, float(step)) for step in range(points)]
    messages, harmful = [], []
    for bad, value in BAD.items():
        run = stored.get(run_key({"bad": bad, "points": points}, 0, 0))
        refusal = None if run is None else run.metrics.get(REFUSAL)
        harm = bad_value_message(SERIES, good, (middle, value), refusal, run)
        if harm:
            harmful.append(bad)
            messages.append(f"{SERIES!r} was given {bad} ({value!r}) at step {middle} of {points}: {harm}.")
    scenario.limit("bad values that cost nothing else", len(BAD) - len(harmful), f"of {len(BAD)}", failed=harmful)
    if messages:
        scenario.breaks(HARMLESS, messages[0], len(messages) - 1)
    judge_json(scenario, ctx)


@every_point(share=0.5)
def test_failed_midway(load: Load, scenario: Scenario) -> None:
    """A run that fails after half of its points keeps that half and its error."""
    scenario.target.require("steps")
    for points in scenario.sizes("points"):
        cases = [{"shape": "shuffled steps", "points": points, "fail": points // 2}]
        scenario.judge(
            run_and_audit(PlannedSweep("fails", stepping, cases, failing=cases), scenario.at(f"points-{points}"))
        )


@every_point()
def test_killed_midway(load: Load, scenario: Scenario) -> None:
    """A run killed after half of its points leaves no success; executed again, its series is complete, once."""
    scenario.target.require("steps")
    for points in scenario.sizes("points"):
        judge_killed(scenario, points)


def judge_killed(scenario: Scenario, points: int) -> None:
    """Kill a run of so many points halfway, and execute it again."""
    ctx = scenario.at(f"points-{points}")
    hold = scenario.folder / f"halfway-{points}"
    case = {"shape": "in order", "points": points, "hold": str(hold)}
    kill_midway(scenario, ctx, case, hold)
    planned_sweep = PlannedSweep("killed", stepping, [case])
    experiment = planned_sweep.experiment(ctx.target)
    early = [run.run_id for run in ctx.target.read(ctx.options.store, experiment).runs if run.status == "success"]
    if early:
        scenario.breaks(UNFINISHED, f"Run {early[0]} was killed at point {points // 2} and is a success.")
    scenario.judge(run_and_audit(planned_sweep, ctx))


def kill_midway(scenario: Scenario, ctx: SweepContext, case: Mapping[str, Any], hold: Path) -> None:
    """Run the case in a child, and kill the child as soon as its operation waits halfway."""
    arguments = (ctx.options.store, str(ctx.witness), ctx.options.executor, dict(case))
    with start_child(drive_in_child, *arguments, bounds=ResourceLimits(seconds=PATIENCE)) as child:
        deadline = time.monotonic() + PATIENCE
        while child.alive and not hold.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        child.kill(group=True)
        result = child.wait()
    if result.failed:
        result.value_or_raise()
    if not hold.exists():
        scenario.inconclusive(f"the child that was to be killed halfway never arrived there: {result.describe()}")


@pytest.mark.breaking_point("stepped-metrics", light=16_000, medium=256_000, heavy=4_000_000, extreme=10**8)
def test_bytes_per_point(load: Load, scenario: Scenario) -> None:
    """The bytes on disk per point, from runs of a tenth and of all points."""
    scenario.target.require("steps")
    for size in scenario.sizes("points"):
        few, many = (run_fast(scenario, points) for points in (size // 10, size))
        per_point = (many.stored - few.stored) / (size - size // 10)
        curve = [(run.points, run.stored / run.points, True) for run in (few, many)]
        scenario.limit("storage per point", per_point, "bytes", curve, better="lower")


@pytest.mark.breaking_point("stepped-metrics", light=1_000_000, medium=16_000_000, heavy=64_000_000, extreme=10**9)
def test_points_in_a_second(load: Load, scenario: Scenario) -> None:
    """The number of points that a run can capture and store within one second, up to `load`."""
    scenario.target.require("steps")

    def probe(points: int) -> tuple[float, bool]:
        seconds = run_fast(scenario, points).seconds
        return seconds, seconds <= SECOND

    with scenario.quiet():
        budget = 1.0 if load.intensity == "light" else scenario.budget
        limit = largest(probe, start=min(4_000, load.size), ceiling=load.size, budget=budget, factor=4)
    scenario.found("most points logged within 1 s", limit, "points", kind="time")


@pytest.mark.breaking_point("stepped-metrics", light=10_000, medium=100_000, heavy=1_000_000, extreme=1_000_000)
def test_speed(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """Points per second of one run, tracked by pytest-benchmark too."""
    points = load.size
    scenario.target.require("steps")
    rates: list[float] = []
    run_fast(scenario, points)  # the first run is slower: it is not measured
    scenario.sample(benchmark, lambda: rates.append(points / run_fast(scenario, points).seconds), 5)
    scenario.limit("logging speed", max(rates), "points/s", samples=rates, kind="time")


@dataclass(frozen=True)
class FastPoints:
    """The `seconds` and the bytes `stored` of a run of `points` points in a fresh store."""

    points: int
    seconds: float
    stored: int


def run_fast(scenario: Scenario, points: int) -> FastPoints:
    """Capture `points` points and nothing else, and check that all are stored."""
    ctx = scenario.at(f"hurry-{scenario.executed}")
    planned_sweep = PlannedSweep("hurry", fast_points, [{"points": points}])
    experiment = planned_sweep.experiment(ctx.target)
    summary = ctx.target.run(experiment, ctx.options)
    runs = read_with_series(ctx, experiment, SERIES).runs
    count = sum(len(run.series.get(SERIES, run.unlisted.series.get(SERIES, ()))) for run in runs)
    scenario.ran(executed=1, audited=len(runs), seconds=summary.seconds)
    if count != points:
        scenario.breaks(WHOLE, f"A run captured {points} points of {SERIES!r}; {count} are stored ({summary.error}).")
    return FastPoints(points, summary.seconds, bytes_below(Path(ctx.options.store)))
