"""Grids that explode: the product over everybody's parameters, and the space composed per algorithm, both planned.

Promise: a grid says its exact size and gives its i-th case without walking, every case once; the first run starts
before the plan is complete, and planning takes no memory for the runs that are still to come.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.benchmark.resolver import resolve
from pytest_optbench.benchmark.spaces import INTENSITIES, naive
from pytest_optbench.drive.first_run import MANY_TAKEN, FirstRun, Measure, first_runs, largest_prompt_plan
from pytest_optbench.drive.identity_probe import IdentityProbe
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.limits import Probe, SearchResult
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.stress.witness.witness import read
from pytest_optbench.target import load_target
from pytest_optbench.text import short_repr
from pytest_optbench.workloads.basic import noop

from .findings import judge_growth, measure_speed, ran_once, record_largest, report, report_problem
from .grid_checks import halves, index_problem, size_of, size_problem, walk_problem
from .mixed_radix import Axes
from .redundancy import axes_of, distinct_runs

FIRST_TAKEN = 1_000  # cases that may be taken from a plan before its first run starts: what makes a generous batch
FLAT_BYTES = 4.0  # for each planned run: half of what a list takes to point at it, and four times an allocator's noise
COUNTED = promise("grid-explosion.size-is-cheap")
INDEXED = promise("grid-explosion.index-is-cheap")
DISTINCT = promise("grid-explosion.every-combination-once")
STARTS = promise("grid-explosion.starts-early")
FLAT = promise("grid-explosion.flat-memory")
MOST = 10**30  # cases of the largest grid: more than 2**64
MOST_PLANNED = 10**18  # cases of the largest plan: about what there is of the extreme naive product
BOUNDS = ResourceLimits(seconds=3600.0, address_space=6 * 2**30)
TARGET = load_target()
CASES = {"light": 10**4, "medium": 10**6, "heavy": 10**9, "extreme": 10**18}


def planned(load: Load, _settings: Any) -> str:
    """What a part stores that executes the first run of each of its plans alone."""
    return f"plans of up to {load.size:,} cases; {explain_runs(6)}"


def tens(most: int) -> list[tuple[int, Axes]]:
    """Grids of 10, 100, ... cases up to `most`: each has another axis of ten values."""
    digits = range(1, len(str(most)))
    return [(10**axes, {f"x{axis:02}": range(10) for axis in range(axes)}) for axes in digits]


@pytest.mark.breaking_point("grid-explosion", **CASES)
def test_count(load: Load, scenario: Scenario) -> None:
    """The size is exact at the load, at every power of ten, and for the naive products of the benchmark."""
    if not TARGET.features & {"size", "length"}:
        scenario.not_applicable(f"a grid of {TARGET.name} has neither size nor length")
    for size in scenario.sizes("cases"):
        _, message = size_problem(TARGET.module.grid(**halves(size)), 2, size)
        scenario.examined(1)
        report_problem(scenario, size, size, COUNTED, message)
    tables = (axes_of(naive(name)) for name in INTENSITIES)
    products = [(math.prod(len(values) for values in axes.values()), axes) for axes in tables]
    curve = []
    for cases, axes in sorted([*tens(MOST), *products], key=lambda grid: grid[0]):
        calls, message = size_problem(TARGET.module.grid(**axes), len(axes), cases)
        curve.append((cases, calls, not message))
        if report_problem(scenario, size, cases, COUNTED, message):
            break
    record_largest(scenario, "largest grid with a cheap size", curve)


@pytest.mark.breaking_point("grid-explosion", **CASES)
def test_index(load: Load, scenario: Scenario) -> None:
    """Every case stands at its index: at both ends, around every power of ten, and compared with a walk."""
    TARGET.require("indexing")
    curve = []
    for cases, axes in tens(MOST):
        message = index_problem(TARGET.module.grid(**axes), axes, cases)
        curve.append((cases, len(axes), not message))
        if report_problem(scenario, load.size, cases, INDEXED, message):
            break
    record_largest(scenario, "largest grid with cheap indexing", curve)
    for size in scenario.sizes("cases"):
        message = index_problem(TARGET.module.grid(**halves(size)), halves(size), size)
        scenario.examined(1)
        report_problem(scenario, size, size, INDEXED, message)


@pytest.mark.breaking_point("grid-explosion", light=10**4, medium=10**5, heavy=10**6, extreme=10**8)
def test_every_case_once(load: Load, scenario: Scenario) -> None:
    """A walk yields each case of a grid once."""
    grids = tens(min(scenario.point.table.values()))
    for size in scenario.sizes("cases"):
        for cases, axes in [*grids, (size, halves(size))]:
            walked, message = walk_problem((dict(case.params) for case in TARGET.module.grid(**axes)), axes)
            message = message or (f"a walk over {cases:,} cases yields {walked:,}" if walked != cases else "")
            scenario.examined(walked)
            if message:
                scenario.breaks(DISTINCT, message)
                return
        scenario.measure("largest_walked_cases", size)


@pytest.mark.breaking_point(
    "grid-explosion",
    light=10,
    medium=100,
    heavy=2_000,
    extreme=100_000,
    explain=lambda load, _settings: explain_runs(load.size),
)
def test_planned_twice(load: Load, scenario: Scenario) -> None:
    """A grid with a repeated value, the last one, makes no run twice."""
    for size in scenario.sizes("cases"):
        sweeps, problems = IdentityProbe(scenario.at(f"twice-{size}")), []
        values = [*range(size), size // 2]
        try:
            grid = TARGET.module.grid(twice=values)
        except ValueError as refusal:
            scenario.examined(1)  # the refusal
            problems += (
                []
                if "twice" in str(refusal)
                else [f"grid(twice={short_repr(values)}) is refused without the name: {refusal}"]
            )
        else:
            problems += ran_once(sweeps, grid, [{"twice": value} for value in range(size)], "twice")
        report(scenario, sweeps, problems, examined=len(values))
        scenario.measure("largest_planned_cases", len(values))


@pytest.mark.breaking_point(
    "grid-explosion",
    light=200,
    medium=1_000,
    heavy=10_000,
    extreme=1_000_000,
    explain=lambda load, _settings: explain_runs(load.size),
)
def test_redundant(load: Load, scenario: Scenario) -> None:
    """Redundant cases of the naive product run once: they resolve to the runs of the composed space."""
    for size in scenario.sizes():
        sweeps = IdentityProbe(scenario.at(f"redundant-{size}"))
        sample = naive("medium").sample(size, seed=1)
        resolved = [resolve({}, case.params) for case in sample]
        problems = ran_once(sweeps, sample, resolved, *resolved[0], resolver=resolve)
        report(scenario, sweeps, problems, examined=len(sample))
    product = naive("heavy")
    redundancy = product.size / distinct_runs(axes_of(product))
    scenario.measure("naive_cases_a_run", round(redundancy))
    scenario.measure("redundant_share_percent", 100 - 100 / redundancy)


@pytest.mark.breaking_point("grid-explosion", **CASES, explain=planned)
def test_first_run(load: Load, scenario: Scenario) -> None:
    """The first run starts before much is planned; the cost until then does not grow with the plan."""
    curve: list[tuple[int, int, bool]] = []
    for size in scenario.sizes("cases"):
        sizes = [1, *(size // 3**power for power in range(4, -1, -1))]
        one_case, *seen = watch_first_runs(load, scenario, sizes, measure="calls")
        for first in seen:
            held = first.started and first.taken <= FIRST_TAKEN
            curve.append((first.planned, first.taken, held))
        scenario.limit(
            "cases planned before the first run", seen[-1].taken, "cases", sorted(set(curve)), better="lower"
        )
        if not curve[-1][2]:
            whole = seen[-1]
            when = "when" if whole.started else f"after {whole.seconds:.0f} s, and not even then"
            message = f"of {whole.planned} cases {whole.taken} were taken from the plan {when} the first run started"
            scenario.breaks(STARTS, message)
        if all(first.started for first in seen):
            judge_growth(scenario, one_case.calls, seen)
        if scenario.broken:
            return


@pytest.mark.breaking_point("grid-explosion", **CASES, explain=planned)
def test_memory(load: Load, scenario: Scenario) -> None:
    """Memory allocated until the first run has started does not grow with the plan."""
    for size in scenario.sizes("cases"):
        seen = watch_first_runs(load, scenario, sizes=[size // divisor for divisor in (90, 10, 1)], measure="bytes")
        started = [watched for watched in seen if watched.started]
        first, last = seen[0], seen[-1]
        if len(started) > 1:
            first, last = started[0], started[-1]
            cost = (last.bytes - first.bytes) / (last.planned - first.planned)
        else:
            cost = last.bytes / max(1, last.taken)
        flat = len(started) == len(seen) and cost <= FLAT_BYTES
        curve = [(watched.planned, watched.bytes, flat) for watched in seen]
        scenario.limit("memory per planned run", round(max(0.0, cost), 1), "bytes", curve, better="lower")
        if not flat:
            sizes = f"{first.planned} to {last.planned} cases" if len(started) > 1 else f"{last.taken} cases"
            scenario.breaks(
                FLAT, f"from {sizes}, each planned run takes {cost:.4g} bytes while the first one is executed"
            )
            return


@pytest.mark.breaking_point("grid-explosion", **CASES, measured=True, explain=planned)
def test_prompt(load: Load, scenario: Scenario) -> None:
    """The largest plan whose first run starts within a second, by the clock; this is a limit, not a promise."""
    budget = scenario.budget if load.intensity == "extreme" else patience(load) / 4
    with scenario.quiet():
        ended = run_child(largest_prompt_plan, str(scenario.folder), MOST_PLANNED, budget, bounds=BOUNDS)
    fields = ended.value_or_raise()
    limit = SearchResult(fields["value"], tuple(Probe(*probe) for probe in fields["curve"]), fields["stopped"])
    scenario.found("largest plan started within 1 s", limit, "cases", kind="time")
    scenario.ran(executed=len(read(scenario.folder / "witness.jsonl")), audited=len(limit.curve), seconds=ended.wall)


def patience(load: Load) -> float:
    """Seconds to wait for the first run of a plan."""
    return 20.0 if load.intensity == "light" else 120.0


def watch_first_runs(load: Load, scenario: Scenario, sizes: Sequence[int], measure: Measure) -> list[FirstRun]:
    """Return the costs until the first runs of plans of these sizes, measured in a child process."""
    seconds = patience(load)
    folder = scenario.folder / f"plan-{sizes[-1]}"
    folder.mkdir()
    ended = run_child(first_runs, str(folder), sizes, measure, seconds, bounds=BOUNDS)
    seen = [FirstRun(**fields) for fields in ended.value_or_raise()]
    idle = [watched for watched in seen if not watched.started and watched.taken < MANY_TAKEN]
    if idle:
        scenario.inconclusive(
            f"no run started within {seconds:.0f} s, and little was planned: use a less loaded machine"
        )
    scenario.ran(executed=len(read(folder / "witness.jsonl")), audited=len(seen), seconds=ended.wall)
    return seen


@pytest.mark.breaking_point("grid-explosion", **CASES, measured=True)
def test_speed_of_count(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """The speed of asking for the size, for pytest-benchmark."""
    axes = tens(load.size)[-1][1]
    measure_speed(
        scenario,
        benchmark,
        "rate of asking for a size",
        "sizes",
        lambda: size_of(TARGET.module.grid(**axes)) == load.size,
    )


@pytest.mark.breaking_point("grid-explosion", **CASES, measured=True)
def test_speed_of_index(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """The speed of asking for the last case, for pytest-benchmark."""
    TARGET.require("indexing")
    grid = TARGET.module.grid(**tens(load.size)[-1][1])
    last = load.size - 1
    measure_speed(scenario, benchmark, "rate of indexing", "cases", lambda: set(grid[last].params.values()) == {9})


@pytest.mark.breaking_point(
    "grid-explosion",
    light=200,
    medium=1_000,
    heavy=10_000,
    extreme=100_000,
    measured=True,
    explain=lambda load, _settings: explain_runs(load.size),
)
def test_speed_of_planning(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """The speed of planning and skipping a finished run, for pytest-benchmark."""
    for size in scenario.sizes():
        ctx = scenario.at(f"passed-{size}")
        experiment = PlannedSweep("passed", noop, [{"n": number} for number in range(size)]).experiment(TARGET)
        scenario.ran(executed=TARGET.run(experiment, ctx.options).completed, audited=0, seconds=0.0)
    measure_speed(
        scenario,
        benchmark,
        "rate of skipping finished runs",
        "runs",
        lambda: TARGET.run(experiment, ctx.options).error is None,
        size,
    )
