"""Grids that explode: the product over everybody's parameters, and the space composed per algorithm, both planned.

Promise: a grid says its exact size and gives its i-th case without walking, every case once; the first run starts
before the plan is complete, and planning takes no memory for the runs that are still to come.
"""

from __future__ import annotations

import math
import timeit
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from pytest_optbench.bench import Bench
from pytest_optbench.collection import Load
from pytest_optbench.experiment.grid_checks import miscounted, misplaced, repeated, size_of
from pytest_optbench.experiment.planning import MANY_TAKEN, FirstRun, Measure, first_runs, largest_prompt_plan
from pytest_optbench.experiment.radix import Axes
from pytest_optbench.experiment.redundancy import distinct_runs
from pytest_optbench.experiment.resolver import resolve
from pytest_optbench.experiment.small import SmallSweeps, distinct, short
from pytest_optbench.experiment.spaces import INTENSITIES, naive
from pytest_optbench.experiment.trial import Trial
from pytest_optbench.experiment.workloads import noop
from pytest_optbench.stress.child import Bounds, run_child
from pytest_optbench.stress.limits import Limit, Probe
from pytest_optbench.stress.measure import growth, slope
from pytest_optbench.stress.witness import read
from pytest_optbench.target import load_target

COUNTED = "A grid says its exact size without walking."
INDEXED = "grid[i] is the i-th case, first and last included, without walking."
DISTINCT = "A grid holds every combination once."
ONCE = "A case that is planned more than once runs once, or is refused by name."
STARTS = "The first run starts before the plan is complete."
FLAT = "Planning takes no memory for runs that are still to come."
LINEAR = "The cost of planning grows no faster than the plan."
MOST = 10**30  # cases of the largest grid: more than 2**64
MOST_PLANNED = 10**18  # cases of the largest plan: about what there is of the extreme naive product
STEEPEST = 1.15  # exponent that counts as linear
FLAT_BYTES = 1.0  # per planned run: what the noise of an allocator amounts to
PASSED = 200  # stored runs that the speed of planning is taken over
BOUNDS = Bounds(seconds=3600.0, address_space=6 * 2**30)
TARGET = load_target()

every_load = pytest.mark.breaking_point("grid-explosion", light=10**4, medium=10**6, heavy=10**9, extreme=10**18)


def tens(most: int) -> list[tuple[int, Axes]]:
    """Grids of 10, 100, ... cases up to `most`: each has another axis of ten values."""
    digits = range(1, len(str(most)))
    return [(10**axes, {f"x{axis:02}": range(10) for axis in range(axes)}) for axes in digits]


@every_load
def test_count(load: Load, bench: Bench) -> None:
    """The size is exact at every power of ten, and for the naive products of the benchmark."""
    if not TARGET.features & {"size", "length"}:
        bench.not_applicable(f"a grid of {TARGET.name} has neither size nor length")
    tables = (dict(naive(name).values()) for name in INTENSITIES)
    products = [(math.prod(len(values) for values in axes.values()), axes) for axes in tables]
    curve = []
    for cases, axes in sorted([*tens(MOST), *products], key=lambda one: one[0]):
        calls, told = miscounted(TARGET.module.grid(**axes), len(axes), cases)
        curve.append((cases, calls, not told))
        if told:
            broken(load, bench, cases, COUNTED, told)
            break
    recorded(bench, "cases counted", curve)


@every_load
def test_index(load: Load, bench: Bench) -> None:
    """Every case stands at its index: at both ends, around every power of ten, and beside the walk."""
    TARGET.require("indexing")
    curve = []
    for cases, axes in tens(MOST):
        told = misplaced(TARGET.module.grid(**axes), axes, cases)
        curve.append((cases, len(axes), not told))
        if told:
            broken(load, bench, cases, INDEXED, told)
            break
    recorded(bench, "cases indexed", curve)


def broken(load: Load, bench: Bench, cases: int, promise: str, told: str) -> None:
    """A grid larger than the load breaks no promise: it is where the limit lies."""
    if cases <= (load.size or 0):
        bench.breaks(promise, told)


def recorded(bench: Bench, name: str, curve: Sequence[tuple[int, int, bool]]) -> None:
    largest = max((cases for cases, _, held in curve if held), default=0)
    bench.limit(name, largest, "cases", curve, stopped="ceiling" if curve[-1][2] else "broke")
    bench.examined(len(curve))


@every_load
def test_every_case_once(load: Load, bench: Bench) -> None:
    """A walk comes to as many different cases as there are, of grids of up to a hundred thousand."""
    for cases, axes in tens(min(load.size or 1, 10**5)):
        walked, told = repeated(dict(case.params) for case in TARGET.module.grid(**axes))
        told = told or (f"a walk over {cases:,} cases comes to {walked:,}" if walked != cases else "")
        bench.examined(walked)
        if told:
            bench.breaks(DISTINCT, told)
            return


@every_load
def test_planned_twice(load: Load, bench: Bench) -> None:
    """A value that stands twice in a grid makes no run twice."""
    sweeps = SmallSweeps(bench.at())
    found = []
    try:
        grid = TARGET.module.grid(twice=[1, 2, 1])
    except ValueError as refusal:
        bench.examined(1)  # the refusal
        found += [] if "twice" in str(refusal) else [f"grid(twice=[1, 2, 1]) is refused without the name: {refusal}"]
    else:
        found += ran_once(sweeps, grid, [{"twice": 1}, {"twice": 2}])
    report(bench, sweeps, found, examined=3)


@every_load
def test_redundant(load: Load, bench: Bench) -> None:
    """What the naive product plans many times over runs once: it resolves to what the composed space holds."""
    sweeps = SmallSweeps(bench.at())
    sample = naive("medium").sample(min(200, load.size or 1), seed=1)
    resolved = [resolve({}, case.params) for case in sample]
    curve = []
    for name in ("light", "medium", "heavy"):
        product = naive(name)
        own = distinct_runs(dict(product.values()))
        curve.append((product.size, product.size / own, True))
    bench.limit("naive cases a run", round(curve[-1][1]), "cases", curve, better="lower")
    bench.measure("redundant_share_percent", 100 - 100 / curve[-1][1])
    report(bench, sweeps, ran_once(sweeps, sample, resolved, resolver=resolve), examined=len(sample))


def ran_once(sweeps: SmallSweeps, params: Any, expected: Sequence[Mapping[str, Any]], **fields: Any) -> list[str]:
    """What is wrong with how often each of the expected cases ran; nothing where they were refused."""
    swept = sweeps.run([], params=params, **fields)
    times = Counter(swept.executed)
    found = [] if swept.error is None or swept.refused else [f"the sweep ended with {swept.error}"]
    for key, case in distinct(expected).items():
        if times[key] != 1 and not swept.refused:
            found.append(f"{short(case)} was planned more than once and ran {times[key]} times")
    return found


def report(bench: Bench, sweeps: SmallSweeps, found: Sequence[str], examined: int) -> None:
    bench.ran(executed=sweeps.executed, audited=examined, seconds=sweeps.seconds)
    if found:
        bench.breaks(ONCE, found[0], others=len(found) - 1)


@every_load
def test_first_run(load: Load, bench: Bench) -> None:
    """The first run starts before the plan is complete; the cost until then does not grow with the plan."""
    seen = watched(load, bench, sizes=[(load.size or 1) // 3**power for power in range(4, -1, -1)], measure="calls")
    curve = [(one.planned, one.taken, one.started and one.taken < one.planned) for one in seen]
    bench.limit("cases before first run", seen[-1].taken, "cases", curve, better="lower")
    whole = seen[-1]
    if not curve[-1][2]:
        when = "when" if whole.started else f"after {whole.seconds:.0f} s, and not even then"
        told = f"of {whole.planned} cases {whole.taken} were taken from the plan {when} the first run started"
        bench.breaks(STARTS, told)
    if all(one.started for one in seen):
        grown = growth([one.planned for one in seen], [one.calls for one in seen])
        calls = [(one.planned, one.calls, True) for one in seen]
        bench.limit("growth of planning", round(max(0.0, grown.exponent), 2), "exponent", calls, better="lower")
        bench.measure("growth_low_exponent", grown.low)
        bench.measure("growth_high_exponent", grown.high)
        if grown.low > STEEPEST:
            interval = f"{grown.low:.2f} to {grown.high:.2f}"
            bench.breaks(
                LINEAR, f"function calls before the first run grow as cases ** {grown.exponent:.2f} ({interval})"
            )


@every_load
def test_memory(load: Load, bench: Bench) -> None:
    """What is allocated once the first run has started does not grow with the plan."""
    seen = watched(load, bench, sizes=[(load.size or 1) // divisor for divisor in (90, 30, 10, 5)], measure="bytes")
    last = seen[-1]
    started = [one for one in seen if one.started]
    per_run = slope([one.bytes for one in started], [one.planned for one in started]) if len(started) > 2 else None
    cost = last.bytes / max(1, last.taken) if per_run is None else max(0.0, per_run.per_step)
    flat = per_run is not None and per_run.is_flat(FLAT_BYTES)
    curve = [(one.planned, one.bytes, flat) for one in seen]
    bench.limit("memory per planned run", round(cost), "bytes", curve, better="lower")
    if not flat:
        sizes = f"{started[0].planned} to {last.planned} cases" if started else f"{last.taken} cases"
        bench.breaks(FLAT, f"from {sizes}, each planned run takes {cost:.0f} bytes while the first one is executed")


@every_load
def test_prompt(load: Load, bench: Bench) -> None:
    """The largest plan whose first run starts within a second, by the clock; a limit, and no promise."""
    budget = patience(load) / 4
    with bench.quiet():
        ended = run_child(largest_prompt_plan, str(bench.folder), MOST_PLANNED, budget, bounds=BOUNDS)
    found = ended.value_or_raise()
    limit = Limit(found["value"], tuple(Probe(*probe) for probe in found["curve"]), found["stopped"])
    bench.found("first run within 1 s", limit, "cases", kind="time")
    bench.ran(executed=len(read(bench.folder / "witness.jsonl")), audited=len(limit.curve), seconds=ended.wall)


def patience(load: Load) -> float:
    """Seconds to wait for the first run of a plan."""
    return 20.0 if load.intensity == "light" else 120.0


def watched(load: Load, bench: Bench, sizes: Sequence[int], measure: Measure) -> list[FirstRun]:
    """What the first runs of plans of these sizes saw, in a child process."""
    seconds = patience(load)
    ended = run_child(first_runs, str(bench.folder), sizes, measure, seconds, bounds=BOUNDS)
    seen = [FirstRun(**one) for one in ended.value_or_raise()]
    idle = [one for one in seen if not one.started and one.taken < MANY_TAKEN]
    if idle:
        bench.inconclusive(f"no run started within {seconds:.0f} s, and little was planned: give it a quieter machine")
    bench.ran(executed=len(read(bench.folder / "witness.jsonl")), audited=len(seen), seconds=ended.wall)
    return seen


@every_load
def test_speed_of_count(load: Load, bench: Bench, benchmark: Any) -> None:
    """The speed of asking for the size, for pytest-benchmark."""
    axes = tens(load.size or 1)[-1][1]
    speed(bench, benchmark, "count", lambda: size_of(TARGET.module.grid(**axes)) == load.size)


@every_load
def test_speed_of_index(load: Load, bench: Bench, benchmark: Any) -> None:
    """The speed of asking for the last case, for pytest-benchmark."""
    TARGET.require("indexing")
    grid = TARGET.module.grid(**tens(load.size or 1)[-1][1])
    last = (load.size or 1) - 1
    speed(bench, benchmark, "index", lambda: set(grid[last].params.values()) == {9})


@every_load
def test_speed_of_planning(load: Load, bench: Bench, benchmark: Any) -> None:
    """The speed of a planned run whose result is there: made, identified, and passed over; for pytest-benchmark."""
    place = bench.at()
    experiment = Trial("passed", noop, [{"n": number} for number in range(PASSED)]).experiment(TARGET)
    TARGET.run(experiment, place.drive)
    speed(bench, benchmark, "runs passed over", lambda: TARGET.run(experiment, place.drive).error is None, PASSED)


def speed(bench: Bench, benchmark: Any, name: str, call: Callable[[], bool], steps: int = 1) -> None:
    """Take the speed of a call that does `steps` steps and says whether its answer was right."""
    often = 1 if steps > 1 else 100
    with bench.quiet():
        assert benchmark.pedantic(call, rounds=5, iterations=often)
    samples = [steps * often / timeit.timeit(call, number=often) for _ in bench.blocks(5)]
    bench.limit(name, max(samples), "per second", kind="time", samples=samples)
    bench.examined(steps)
