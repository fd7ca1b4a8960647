"""Stepped metrics: no point is lost, altered or reordered within its step, and a bad value does not cost the run.

Promise: whatever number is captured at whatever step, the series reads back as it was captured, from strict JSON where
it is kept as JSON; a value that cannot be kept is refused by name; a run that fails or is killed midway leaves no
half series behind a success.
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
PATIENCE = 120.0  # seconds until a child that should hold is given up


POINTS = {"light": 1_000, "medium": 100_000, "heavy": 1_000_000, "extreme": 10**8}
BYTES = 20  # of a point in a store: its step and its value, as text or as numbers


def every_point(runs: int = 1, share: float = 1.0) -> pytest.MarkDecorator:
    """The loads of a part that captures a share of its points in each of so many runs."""
    return pytest.mark.breaking_point(
        "stepped-metrics",
        **POINTS,
        explain=lambda load, _settings: explain_runs(runs, artifact=round(share * BYTES * load.size)),
    )


def drive_shapes(scenario: Scenario, shapes: Iterable[str]) -> None:
    """Capture `load` points of every shape, one run a shape, and audit each point; then read all JSON strictly."""
    scenario.target.require("steps")
    chosen = list(shapes)
    for points in scenario.sizes("points"):
        planned_sweep = PlannedSweep("steps", stepping, [{"shape": shape, "points": points} for shape in chosen])
        ctx = scenario.at(f"points-{points}")
        scenario.judge(run_and_audit(planned_sweep, ctx))
        judge_json(scenario, ctx)


def judge_json(scenario: Scenario, ctx: SweepContext) -> None:
    loose = invalid_json(Path(ctx.options.store))
    if loose:
        scenario.breaks(STRICT, f"{loose[0]}.", len(loose) - 1)


@every_point(len(PLAIN))
def test_points(load: Load, scenario: Scenario) -> None:
    """One name and several, in order, shuffled, repeated and far apart: every point is kept."""
    drive_shapes(scenario, PLAIN)


@every_point()
def test_not_finite(load: Load, scenario: Scenario) -> None:
    """NaN, infinities, -0.0 and the ends of the range are kept, and strict JSON stays strict."""
    drive_shapes(scenario, ["not finite"])


@every_point()
def test_numpy_scalars(load: Load, scenario: Scenario) -> None:
    """Values and steps that are numpy's own numbers are numbers."""
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
    """A value that is no number, in the middle of a series, costs at most itself."""
    scenario.target.require("steps")
    for points in scenario.sizes("points"):
        judge_bad_values(scenario, points)


def judge_bad_values(scenario: Scenario, points: int) -> None:
    """Capture each bad value in the middle of so many good ones, in a run of its own."""
    planned_sweep = PlannedSweep("bad", one_bad_point, [{"bad": bad, "points": points} for bad in BAD])
    ctx = scenario.at(f"points-{points}")
    summary = ctx.target.run(planned_sweep.experiment(ctx.target), ctx.options)
    runs = read_with_series(ctx, planned_sweep.experiment(ctx.target), SERIES).runs
    scenario.ran(executed=len(BAD), audited=len(runs), seconds=summary.seconds)
    stored = {run.metrics.get(WITNESS_METRIC): run for run in runs}
    middle, good = points // 2, [(step, float(step)) for step in range(points)]
    told = []
    for bad, value in BAD.items():
        run = stored.get(run_key({"bad": bad, "points": points}, 0, 0))
        refusal = None if run is None else run.metrics.get(REFUSAL)
        harm = bad_value_message(SERIES, good, (middle, value), refusal, run)
        if harm:
            told.append(f"{SERIES!r} got {bad} ({value!r}) at step {middle} of {points}: {harm}.")
    scenario.limit("bad values that cost nothing else", len(BAD) - len(told), f"of {len(BAD)}")
    if told:
        scenario.breaks(HARMLESS, told[0], len(told) - 1)
    judge_json(scenario, ctx)


@every_point(share=0.5)
def test_failed_midway(load: Load, scenario: Scenario) -> None:
    """A run that fails after half of its points keeps that half, beside its error."""
    scenario.target.require("steps")
    for points in scenario.sizes("points"):
        cases = [{"shape": "shuffled steps", "points": points, "fail": points // 2}]
        scenario.judge(
            run_and_audit(PlannedSweep("fails", stepping, cases, failing=cases), scenario.at(f"points-{points}"))
        )


@every_point()
def test_killed_midway(load: Load, scenario: Scenario) -> None:
    """A process that is killed after half of the points leaves no success; done again, the series is whole once."""
    scenario.target.require("steps")
    for points in scenario.sizes("points"):
        judge_killed(scenario, points)


def judge_killed(scenario: Scenario, points: int) -> None:
    """Kill a run of so many points halfway, and do it again."""
    ctx = scenario.at(f"points-{points}")
    hold = scenario.folder / f"held-{points}"
    case = {"shape": "in order", "points": points, "hold": str(hold)}
    kill_midway(scenario, ctx, case, hold)
    planned_sweep = PlannedSweep("killed", stepping, [case])
    experiment = planned_sweep.experiment(ctx.target)
    early = [run.run_id for run in ctx.target.read(ctx.options.store, experiment).runs if run.status == "success"]
    if early:
        scenario.breaks(UNFINISHED, f"Run {early[0]} was killed at point {points // 2} and is a success.")
    scenario.judge(run_and_audit(planned_sweep, ctx))


def kill_midway(scenario: Scenario, ctx: SweepContext, case: Mapping[str, Any], hold: Path) -> None:
    """Run the case in a child, and kill that as soon as its operation holds."""
    arguments = (ctx.options.store, str(ctx.witness), ctx.options.executor, dict(case))
    with start_child(drive_in_child, *arguments, bounds=ResourceLimits(seconds=PATIENCE)) as child:
        deadline = time.monotonic() + PATIENCE
        while child.alive and not hold.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        child.kill(group=True)
        ended = child.wait()
    if ended.failed:
        ended.value_or_raise()
    if not hold.exists():
        scenario.inconclusive(f"the child that was to be killed never came to hold: {ended.describe()}")


@pytest.mark.breaking_point("stepped-metrics", light=16_000, medium=256_000, heavy=4_000_000, extreme=10**8)
def test_bytes_per_point(load: Load, scenario: Scenario) -> None:
    """What one more point costs on disk, from runs of a tenth and of all points."""
    scenario.target.require("steps")
    for size in scenario.sizes("points"):
        few, many = (run_fast(scenario, points) for points in (size // 10, size))
        per_point = (many.stored - few.stored) / (size - size // 10)
        curve = [(one.points, one.stored / one.points, True) for one in (few, many)]
        scenario.limit("storage per point", per_point, "bytes", curve, better="lower")


@pytest.mark.breaking_point("stepped-metrics", light=1_000_000, medium=16_000_000, heavy=64_000_000, extreme=10**9)
def test_points_in_a_second(load: Load, scenario: Scenario) -> None:
    """How many points a run can capture and store within one second, up to `load`."""
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
    """Points a second of one run, tracked by pytest-benchmark too."""
    points = load.size
    scenario.target.require("steps")
    rates: list[float] = []
    run_fast(scenario, points)  # what a first run costs more is not its speed
    scenario.sample(benchmark, lambda: rates.append(points / run_fast(scenario, points).seconds), 5)
    scenario.limit("logging speed", max(rates), "points/s", samples=rates, kind="time")


@dataclass(frozen=True)
class FastPoints:
    """A run of `points` points in a fresh store: its `seconds`, and the bytes `stored`."""

    points: int
    seconds: float
    stored: int


def run_fast(scenario: Scenario, points: int) -> FastPoints:
    """Run `points` points alone, and count what is stored of them."""
    ctx = scenario.at(f"hurry-{scenario.executed}")
    planned_sweep = PlannedSweep("hurry", fast_points, [{"points": points}])
    experiment = planned_sweep.experiment(ctx.target)
    summary = ctx.target.run(experiment, ctx.options)
    runs = read_with_series(ctx, experiment, SERIES).runs
    found = sum(len(run.series.get(SERIES, run.unlisted.series.get(SERIES, ()))) for run in runs)
    scenario.ran(executed=1, audited=len(runs), seconds=summary.seconds)
    if found != points:
        scenario.breaks(WHOLE, f"One run captured {points} points of {SERIES!r}; {found} are stored ({summary.error}).")
    return FastPoints(points, summary.seconds, bytes_below(Path(ctx.options.store)))
