"""Throughput: the cost of a run, for several operations, sizes of sweeps, and numbers of workers.

Promise: total cost grows linearly with the runs; more workers are never slower than one. Growth is judged by function
calls, counted until two counts agree, or with their spread. Workers are measured in turn and in the quiet lane, and
compared by ranks; where this machine cannot decide, the verdict is inconclusive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.benchmark.sweep import Sweep
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.executors import about, in_processes
from pytest_optbench.plugin.options import Settings
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.audit.promises import STORED
from pytest_optbench.stress.measure.calibration import calibrate
from pytest_optbench.stress.measure.counts import RepeatedCount, growth_of_counts, repeated_count
from pytest_optbench.stress.witness.log import read
from pytest_optbench.target.locators import remove_store
from pytest_optbench.workloads.basic import noop, paced
from pytest_optbench.workloads.payload import PAYLOAD, payload

from .costs import count_gathering_calls, count_sweep_calls, processor_time
from .crowding import check_and_clear, compare_workers, time_sweep

STEEPEST = 1.1  # growth exponent of a cost that still counts as linear
LINEAR = promise("throughput.linear-sweep")
GATHERED = promise("throughput.linear-gathering")
ROUNDS = 5
SHARES = (8, 4, 2, 1)  # divisors of the largest sweep: the sizes that growth is measured at
WORKERS = {"light": (1, 2), "medium": (1, 2, 4, 8), "heavy": (1, 2, 4, 8, 16), "extreme": (1, 2, 4)}
# Runs sleep, so that workers can overlap; without that, other work on the machine would decide.
NAP, SHORT_NAP = 0.05, 0.01  # seconds, where workers are processes, and where they are threads


def explained(payload: str = "noop", times: float = 1.0) -> Callable[[Load, Settings], str]:
    """Make the explanation of a load: the runs that are on the disk at once, `times` the load."""

    def explain_load(load: Load, settings: Settings) -> str:
        return explain_runs(round(times * load.size), payload)

    return explain_load


@pytest.mark.breaking_point(
    "throughput", light=256, medium=1_024, heavy=131_072, extreme=2**24, explain=explained(times=1.125)
)
def test_growth(load: Load, scenario: Scenario) -> None:
    """The function calls per run do not depend on the size of the sweep."""
    for size in scenario.sizes():
        sweeps = [
            PlannedSweep(f"growth-{size}-{part}", noop, [{"n": n} for n in range(size // part)]) for part in SHARES
        ]
        scenario.judge(run_and_audit(sweeps[0], scenario.at(f"audited-{size}")))
        counts = [repeated_count(partial(count_sweep_calls, scenario, planned_sweep)) for planned_sweep in sweeps]
        judge_growth(scenario, "sweep growth exponent", LINEAR, counts, "The sweep", size)
        with scenario.quiet():
            timed = [
                (planned_sweep.runs, processor_time(scenario, planned_sweep), True)
                for planned_sweep in (sweeps[0], sweeps[-1])
            ]
        scenario.limit("processor time per run", timed[-1][1], "us", timed, better="lower", kind="time")
        if scenario.broken:
            break


@pytest.mark.breaking_point(
    "throughput", light=256, medium=1_024, heavy=8_192, extreme=2**20, explain=explained(times=15 / 8)
)
def test_gathering(load: Load, scenario: Scenario) -> None:
    """The function calls per run for the results of an ended sweep do not depend on its size."""
    scenario.target.require("status")  # where `run` blocks, it gathers too, and `test_growth` has counted it
    for size in scenario.sizes():
        counts = [count_gathering_calls(scenario, size // part) for part in SHARES]
        judge_growth(
            scenario, "gathering growth exponent", GATHERED, counts, "The handle's result() after skipped runs", size
        )
        if scenario.broken:
            break


def judge_growth(
    scenario: Scenario, limit: str, promise: Promise, counts: Sequence[RepeatedCount], subject: str, size: int
) -> None:
    """Record the exponent with which the calls grow, and report a break where it is too large."""
    sizes = [size // part for part in SHARES]
    growth = growth_of_counts(sizes, counts)
    side = growth.side_of(STEEPEST)
    curve = [(runs, calls.least / runs, side != "outside") for runs, calls in zip(sizes, counts, strict=True)]
    scenario.limit(limit, growth.likely, "(1 = linear)", curve, better="lower")
    if side == "outside":
        few, many = curve[0][1], curve[-1][1]
        per_run = f"{few:,.0f} function calls per run of {sizes[0]} runs, {many:,.0f} per run of {sizes[-1]}"
        message = f"{subject} takes {per_run}: the cost of one more run grows; the whole by {growth.likely:.2f}."
        scenario.breaks(promise, message)
    elif side == "undecided":
        scenario.inconclusive(
            f"{limit}: {growth.low:.2f} to {growth.high:.2f}, since the calls do not repeat: measure again"
        )


@pytest.mark.breaking_point(
    "throughput", light=20, medium=400, heavy=10_000, extreme=1_000_000, measured=True, explain=explained(times=2)
)
def test_no_op(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """The cost of a run that does nothing, compared with writing its record by hand."""
    for number, size in enumerate(scenario.sizes()):
        planned_sweep = PlannedSweep("no-op", noop, [{"n": n} for n in range(size)])
        record_speed(scenario, planned_sweep, None if number else benchmark, "noop_us", f"audited-{size}")


@pytest.mark.breaking_point(
    "throughput", light=8, medium=100, heavy=2_000, extreme=200_000, measured=True, explain=explained("payload", 2)
)
def test_full_payload(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """The cost of a run with five artifacts and 100 steps, compared with writing the same bytes by hand."""
    for number, size in enumerate(scenario.sizes()):
        planned_sweep = PlannedSweep("full payload", payload, [{"n": n} for n in range(size)], artifacts=PAYLOAD)
        record_speed(scenario, planned_sweep, None if number else benchmark, "payload_us", f"audited-{size}")


@pytest.mark.breaking_point(
    "throughput", light=16, medium=96, heavy=1_000, extreme=100_000, measured=True, explain=explained("optbench", 2)
)
def test_optimizers(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """The cost of a run of the optimizer benchmark, and the share of it outside the operation."""
    whole, size = Sweep.of_intensity(load.intensity), 0
    for number, size in enumerate(scenario.sizes()):
        part = whole.part(0, max(1, whole.runs // size))
        ctx = scenario.at(f"audited-{size}", executor="thread", workers=1)
        audited = run_and_audit(part, ctx)
        scenario.judge(audited)
        executions = read(ctx.witness)
        inside = sum((execution.finished or execution.started) - execution.started for execution in executions)
        scenario.measure("optimizers_outside_the_operation_percent", max(0.0, 100 * (1 - inside / audited.seconds)))
        seconds = sample_seconds(scenario, part, None if number else benchmark, 1, scenario.at("timed"))
        rates = [part.runs / second for second in seconds]
        scenario.limit("rate of optimizer runs", max(rates), "runs/s", kind="time", samples=rates)


def sample_seconds(
    scenario: Scenario,
    planned_sweep: PlannedSweep | Sweep,
    benchmark: Any,
    rounds: int,
    ctx: SweepContext,
    before: Any = None,
) -> list[float]:
    """Measure the seconds of a sweep in fresh stores, each of which is checked afterwards."""
    seconds: list[float] = []

    def prepare() -> None:
        if seconds:
            check_and_clear(scenario, planned_sweep, ctx)
        if before is not None:
            before()

    scenario.sample(benchmark, lambda: seconds.append(time_sweep(scenario, planned_sweep, ctx)), rounds, before=prepare)
    check_and_clear(scenario, planned_sweep, ctx)
    return seconds


@pytest.mark.breaking_point(
    "throughput", light=20, medium=100, heavy=1_000, extreme=100_000, measured=True, explain=explained()
)
def test_put(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """The cost of adding one run to an existing store, as a sweep of its own."""
    ctx, numbers, size = scenario.at(), count(1), 0
    scenario.judge(run_and_audit(PlannedSweep("put", noop, [{"n": 0}]), ctx))
    seconds: list[float] = []

    def put() -> None:
        seconds.append(time_sweep(scenario, PlannedSweep("put", noop, [{"n": next(numbers)}]), ctx))

    for number, size in enumerate(scenario.sizes()):
        seconds.clear()
        scenario.sample(None if number else benchmark, put, size)
        milliseconds = [1e3 * second for second in seconds]
        scenario.limit(
            "time to add one run", median(milliseconds), "ms", better="lower", kind="time", samples=milliseconds
        )
    check_and_clear(scenario, PlannedSweep("put", noop, [{"n": n} for n in range(next(numbers))]), ctx)


@pytest.mark.breaking_point(
    "throughput", light=60, medium=400, heavy=10_000, extreme=1_000_000, measured=True, explain=explained()
)
def test_load(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """The cost of reading the runs of a store."""
    for number, size in enumerate(scenario.sizes()):
        planned_sweep, ctx = PlannedSweep("load", noop, [{"n": n} for n in range(size)]), scenario.at(str(size))
        scenario.judge(run_and_audit(planned_sweep, ctx))
        experiment, seconds, counts = planned_sweep.experiment(scenario.target), list[float](), set[int]()

        def load_all(
            ctx: SweepContext = ctx,
            experiment: Any = experiment,
            seconds: list[float] = seconds,
            counts: set[int] = counts,
        ) -> None:
            started = time.perf_counter()
            snapshot = scenario.target.read(ctx.options.store, experiment)
            seconds.append(time.perf_counter() - started)
            counts.add(len(snapshot.runs))

        scenario.sample(None if number else benchmark, load_all, ROUNDS)
        if counts != {planned_sweep.runs}:
            scenario.breaks(STORED, f"Of {planned_sweep.runs} runs {min(counts)} are read back.")
        rates = [planned_sweep.runs / second for second in seconds]
        scenario.limit("rate of reading runs", max(rates), "runs/s", kind="time", samples=rates)


def record_speed(scenario: Scenario, planned_sweep: PlannedSweep, benchmark: Any, floor: str, audited: str) -> None:
    """Audit a sweep once, then time it in fresh stores, each time together with the work by hand named `floor`."""
    one_worker: Any = {"executor": "thread", "workers": 1}
    ctx = scenario.at(audited, **one_worker)
    scenario.judge(run_and_audit(planned_sweep, ctx))
    remove_store(ctx.options.store)
    floors: list[float] = []  # in microseconds, as costs

    def take_floor() -> None:
        with TemporaryDirectory(dir=scenario.folder) as folder:
            floors.append(getattr(calibrate(Path(folder), seconds=0.0), floor))

    seconds = sample_seconds(
        scenario, planned_sweep, benchmark, ROUNDS, scenario.at("timed", **one_worker), before=take_floor
    )
    costs = [1e6 * second / planned_sweep.runs for second in seconds]
    ratios = [cost / by_hand for cost, by_hand in zip(costs, floors, strict=True)]
    rates = [1e6 / cost for cost in costs]
    scenario.limit(f"rate of {planned_sweep.name} runs", max(rates), "runs/s", kind="time", samples=rates)
    scenario.limit(
        f"cost of a {planned_sweep.name} run",
        median(ratios),
        "x writing by hand",
        better="lower",
        kind="time",
        samples=ratios,
    )


@pytest.mark.breaking_point("throughput", light=24, medium=60, heavy=600, extreme=1_000_000, explain=explained())
def test_more_threads(load: Load, scenario: Scenario) -> None:
    """More threads are not slower than one."""
    about(scenario, "thread")
    for size in scenario.sizes():
        planned_sweep = PlannedSweep("threads", paced, [{"n": n, "seconds": SHORT_NAP} for n in range(size)])
        compare_workers(scenario, planned_sweep, "thread", WORKERS[load.intensity])


@pytest.mark.breaking_point("throughput", light=16, medium=64, heavy=640, extreme=1_000_000, explain=explained())
def test_more_processes(load: Load, scenario: Scenario) -> None:
    """More processes are not slower than one."""
    kind = in_processes(scenario)
    for size in scenario.sizes():
        planned_sweep = PlannedSweep("processes", paced, [{"n": n, "seconds": NAP} for n in range(size)])
        compare_workers(scenario, planned_sweep, kind, WORKERS[load.intensity])
