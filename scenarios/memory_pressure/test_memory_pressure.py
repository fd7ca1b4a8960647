"""Memory: it follows the artifact and not the sweep, comes back after it, and a lack of it fails only the run it hits.

Everything runs in child processes. Memory is what Python's allocators trace, numpy's arrays included, so that figures
repeat; the lack of it is a limit on the child's address space.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import audit_after
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.options import Settings
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.limits import Probe, SearchResult
from pytest_optbench.stress.measure.measure import available_bytes
from pytest_optbench.stress.process.child import ResourceLimits, run_child

from .large_artifacts import (
    KINDS,
    MIB,
    LargeArtifacts,
    dimension_sweep,
    drive_limited,
    measure_artifacts,
    measure_dimensions,
    measure_noops,
    noop_sweep,
    only_run,
    search_limited,
)
from .memory import growth_message, lack_message, peak_message, rest_message

STEEPEST = 1.1  # growth exponent of a peak that still follows the dimension; traced memory repeats
FOLLOWS = promise("memory-pressure.follows-artifacts")
DIMENSION = promise("memory-pressure.follows-dimension")
NOT_SWEEP = promise("memory-pressure.not-with-the-sweep")
RETURNS = promise("memory-pressure.is-returned")
LACK = promise("memory-pressure.lack-is-reported")
SURVIVES = promise("memory-pressure.sweep-survives")
ROOM = promise("memory-pressure.room-for-an-eighth")
POSITIONS = 4  # that an optimizer of few evaluations stores
SHARES = (16, 8, 4, 2, 1)  # of the largest dimension: those that are driven
CALM = {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}  # address space that does not depend on the machine
WORKERS = 4
GRAIN = 250  # bytes; memory left by a run is reported in such steps: a hundred or so are the interpreter's own
MANY = 16  # runs of a long sweep
SPARE = 2  # times the bytes that a part is to take have to be there, in memory and on the disk


def explained(runs: int, share: float = 1.0, stores: int = 1) -> Callable[[Load, Settings], str]:
    """Explain a load: `runs` runs in so many stores, each with an artifact of a share of the load."""

    def explain_load(load: Load, settings: Settings) -> str:
        return explain_runs(runs, artifact=int(share * load.size * MIB), stores=stores)

    return explain_load


def explain_runs_of(load: Load, settings: Settings) -> str:
    return explain_runs(sum(load.size // part for part in (4, 2, 1)))


def explain_lack(load: Load, settings: Settings) -> str:
    return f"{explain_runs(3, artifact=MIB)}, one of which lacks {load.size} MiB"


def explain_dimensions(load: Load, settings: Settings) -> str:
    runs = len(SHARES)
    return explain_runs(runs, "optbench", artifact=POSITIONS * 8 * sum(load.size // share for share in SHARES) // runs)


def affordable(scenario: Scenario, held: int, stored: int) -> Iterator[int]:
    """Yield the sizes in MiB, while memory has room for `held` times their bytes and the disk for `stored` times.

    At extreme what is stored is removed after each size.
    """
    driven = 0
    for size in scenario.sizes("MiB"):
        free, there = shutil.disk_usage(scenario.folder).free, available_bytes()
        if SPARE * held * size * MIB > there or SPARE * stored * size * MIB > free:
            if driven:
                break
            message = f"{size} MiB takes {SPARE * held * size} MiB of memory and {SPARE * stored * size} MiB of disk"
            scenario.inconclusive(f"an artifact of {message}, more than this machine has left")
        yield size
        driven = size
        if scenario.broken:
            break
        if scenario.load.intensity == "extreme":
            shutil.rmtree(scenario.folder)


def in_child(scenario: Scenario, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of the function in a child process; a child that dies breaks the promise `SURVIVES`."""
    ended = run_child(
        function, *arguments, bounds=ResourceLimits(seconds=60 + 10 * scenario.settings.budget), environment=CALM
    )
    if ended.error is not None or not ended.reported:
        scenario.ran(executed=1, audited=1, seconds=ended.wall)
        scenario.breaks(
            SURVIVES, f"The process that ran the sweep: {ended.describe()}.\n{ended.traceback or ended.output}"
        )
        return None
    return ended.value


def artifacts_at(ctx: SweepContext, sizes: Sequence[int], kind: str = "numpy", workers: int = 1) -> LargeArtifacts:
    return LargeArtifacts(ctx.options.store, str(ctx.witness), ctx.session, sizes, kind, workers)


def measure(scenario: Scenario, sweeps: Mapping[str, tuple[Sequence[int], str, int]]) -> dict[str, dict[str, Any]]:
    """Measure sweeps (sizes, kind, workers) by name, one after the other in one child, and audit their stores."""
    places = {name: scenario.at(name) for name in sweeps}
    chosen = {name: artifacts_at(places[name], *sweep) for name, sweep in sweeps.items()}
    measured = in_child(scenario, measure_artifacts, [asdict(sweep) for sweep in chosen.values()])
    if measured is None:
        return {}
    measured = dict(zip(sweeps, measured, strict=True))
    for name, sweep in chosen.items():
        judge(scenario, sweep.planned_sweep(), places[name], measured[name])
    return measured


def judge(scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext, measured: dict[str, Any]) -> None:
    """Audit what a child has driven."""
    scenario.judge(audit_after(planned_sweep, ctx))
    scenario.ran(executed=0, audited=0, seconds=measured["seconds"])
    if measured["error"]:
        scenario.breaks(SURVIVES, f"The sweep of {planned_sweep.runs} runs ended with {measured['error']}.")


@pytest.mark.breaking_point(
    "memory-pressure", light=4, medium=256, heavy=2_048, extreme=4_096, explain=explained(7, share=4.875 / 7, stores=7)
)
def test_peak(load: Load, scenario: Scenario) -> None:
    """One run with one artifact of up to `load` MiB: an array, a dict of arrays, a file."""
    curve: list[tuple[float, float, bool]] = []
    for size in affordable(scenario, held=3, stored=5):
        sizes = [size * MIB // part for part in (8, 4, 2, 1)]
        sweeps = {f"numpy-{count}": ([count], "numpy", 1) for count in sizes}
        sweeps |= {f"{kind}-{sizes[-1]}": ([sizes[-1]], kind, 1) for kind in KINDS}
        measured = measure(scenario, sweeps)
        if not measured:
            return
        for name, sweep in measured.items():
            kind, count = name.split("-")
            if problem := peak_message(sweep["peak"], int(count)):
                scenario.breaks(FOLLOWS, f"One artifact of kind {kind}: {problem}.")
        peaks = {count: measured[f"numpy-{count}"]["peak"] for count in sizes}
        curve += [(count, peak / count, not peak_message(peak, count)) for count, peak in peaks.items()]
        scenario.limit("peak memory per artifact byte", curve[-1][1], "bytes", sorted(set(curve)), better="lower")
        for kind in KINDS:
            scenario.measure(f"peak_{kind}_bytes_per_byte", measured[f"{kind}-{sizes[-1]}"]["peak"] / sizes[-1])


@pytest.mark.breaking_point("memory-pressure", light=1, medium=16, heavy=128, extreme=512, explain=explained(MANY + 2))
def test_long_sweep(load: Load, scenario: Scenario) -> None:
    """Sixteen runs with artifacts of `load` MiB take no more memory than two."""
    curve: list[tuple[float, float, bool]] = []
    for size in affordable(scenario, held=3, stored=MANY + 2):
        measured = measure(scenario, {"two": ([size * MIB] * 2, "numpy", 1), "many": ([size * MIB] * MANY, "numpy", 1)})
        if not measured:
            return
        two, many = measured["two"]["peak"], measured["many"]["peak"]
        problem = growth_message(2, two, MANY, many)
        curve.append((size, many / two, not problem))
        scenario.limit(f"peak memory of {MANY} runs", many / two, "x that of 2 runs", curve, better="lower")
        if problem:
            scenario.breaks(NOT_SWEEP, f"With one worker {problem}.")


@pytest.mark.breaking_point("memory-pressure", light=1, medium=16, heavy=128, extreme=512, explain=explained(MANY))
def test_many_at_once(load: Load, scenario: Scenario) -> None:
    """Four threads with artifacts of `load` MiB each take what four artifacts take."""
    for size in affordable(scenario, held=3 * WORKERS, stored=MANY):
        measured = measure(scenario, {"many": ([size * MIB] * MANY, "numpy", WORKERS)})
        if not measured:
            return
        peak = measured["many"]["peak"]
        scenario.measure(f"peak_of_{WORKERS}_threads_bytes_per_byte", peak / (WORKERS * size * MIB))
        if problem := peak_message(peak, WORKERS * size * MIB):
            scenario.breaks(FOLLOWS, f"{MANY} runs with {WORKERS} workers: {problem}.")


@pytest.mark.breaking_point(
    "memory-pressure", light=2, medium=32, heavy=256, extreme=1_024, explain=explained(4 * len(KINDS))
)
def test_memory_returns(load: Load, scenario: Scenario) -> None:
    """After a sweep with artifacts of `load` MiB nothing of them is left in memory."""
    for size in affordable(scenario, held=3, stored=4 * len(KINDS)):
        sizes = [size * MIB] * 4
        for kind, sweep in measure(scenario, {kind: (sizes, kind, 1) for kind in KINDS}).items():
            scenario.measure(f"left_after_{kind}_bytes", sweep["left"])
            if problem := rest_message(sweep["left"], sizes):
                scenario.breaks(RETURNS, f"Artifacts of kind {kind}: {problem}.")


@pytest.mark.breaking_point(
    "memory-pressure", light=100, medium=2_000, heavy=20_000, extreme=1_000_000, measured=True, explain=explain_runs_of
)
def test_finished_runs(load: Load, scenario: Scenario) -> None:
    """Memory that a finished run without artifacts leaves in its process, from sweeps of up to `load` runs."""
    for size in scenario.sizes():
        runs = [size // 4, size // 2, size]
        places = [scenario.at(f"{size}-{number}") for number in range(len(runs))]
        paths = [(ctx.options.store, str(ctx.witness), ctx.session) for ctx in places]
        measured = in_child(scenario, measure_noops, paths, runs)
        if measured is None:
            return
        for count, ctx, sweep in zip(runs, places, measured, strict=True):
            judge(scenario, noop_sweep(count), ctx, sweep)
        left = [sweep["left"] for sweep in measured]
        curve = [(count, rest, True) for count, rest in zip(runs, left, strict=True)]
        per_run = round((left[-1] - left[0]) / (runs[-1] - runs[0]) / GRAIN) * GRAIN
        scenario.limit("memory left by a finished run", max(0, per_run), "bytes", curve, better="lower")


@pytest.mark.breaking_point(
    "memory-pressure", light=1_600, medium=6_400, heavy=25_600, extreme=102_400, explain=explain_dimensions
)
def test_dimensions(load: Load, scenario: Scenario) -> None:
    """Optimizers in up to `load` dimensions: memory grows at most as the dimension does."""
    for size in scenario.sizes("dimensions"):
        ctx, dims = scenario.at(str(size)), [size // share for share in SHARES]
        measured = in_child(scenario, measure_dimensions, ctx.options.store, str(ctx.witness), ctx.session, dims)
        if measured is None:
            return
        for dim, sweep in zip(dims, measured, strict=True):
            if sweep["error"]:
                scenario.breaks(SURVIVES, f"The run in {dim} dimensions ended with {sweep['error']}.")
        scenario.judge(audit_after(dimension_sweep(dims), ctx))
        scenario.ran(executed=0, audited=0, seconds=sum(sweep["seconds"] for sweep in measured))
        peaks = [sweep["peak"] for sweep in measured]
        # From the last step alone: what is the same in all dimensions hides at the start what grows.
        exponent = math.log(peaks[-1] / peaks[-2]) / math.log(dims[-1] / dims[-2])
        curve = [(dim, peak, exponent <= STEEPEST) for dim, peak in zip(dims, peaks, strict=True)]
        scenario.limit("memory growth exponent by dimension", exponent, "(1 = linear)", curve, better="lower")
        if exponent > STEEPEST:
            scenario.breaks(DIMENSION, f"Peaks of {peaks} bytes in {dims} dimensions grow by {exponent:.2f}.")


@pytest.mark.breaking_point("memory-pressure", light=64, medium=256, heavy=2_048, extreme=4_096, explain=explain_lack)
def test_out_of_memory(load: Load, scenario: Scenario) -> None:
    """An operation that asks for more than the `load` MiB there are fails by itself, between two that do not."""
    for size in affordable(scenario, held=1, stored=0):
        ctx = scenario.at()
        blobs = artifacts_at(ctx, [MIB, 2 * size * MIB, MIB])
        measured = in_child(scenario, drive_limited, asdict(blobs), size * MIB)
        if measured is None:
            return
        planned_sweep = blobs.planned_sweep()
        starved = [blobs.params()[1]]
        judge(
            scenario,
            PlannedSweep(planned_sweep.name, planned_sweep.operation, planned_sweep.params, failing=starved),
            ctx,
            measured,
        )
        for run in ctx.target.read(ctx.options.store, planned_sweep.experiment(ctx.target)).runs:
            if problem := lack_message(run):
                scenario.breaks(LACK, f"Run {run.run_id}, one of three with {size} MiB left for all: {problem}.")


@pytest.mark.breaking_point(
    "memory-pressure", light=32, medium=256, heavy=2_048, extreme=4_096, explain=explained(4, share=0.5)
)
def test_largest_artifact(load: Load, scenario: Scenario) -> None:
    """The largest artifact with `load` MiB of free memory; a larger one fails its run with a clear error."""
    for size in affordable(scenario, held=1, stored=4):
        ctx = scenario.at()
        measured = in_child(scenario, search_limited, asdict(artifacts_at(ctx, [])), size * MIB, scenario.budget)
        if measured is None:
            return
        limit = SearchResult(
            measured["value"], tuple(Probe(*probe) for probe in measured["curve"]), measured["stopped"]
        )
        for mib, _, _ in limit.curve:
            probe = artifacts_at(ctx, [mib * MIB]).planned_sweep()
            if problem := lack_message(only_run(f"{ctx.options.store}-{mib}", probe)):
                scenario.breaks(LACK, f"The run with an artifact of {mib} MiB, where {size} MiB are left: {problem}.")
        scenario.ran(executed=len(limit.curve), audited=len(limit.curve), seconds=0.0)
        scenario.found(f"largest artifact with {size} MiB free", limit, "MiB")
        if limit.value < size // 8:
            scenario.breaks(
                ROOM, f"Where {size} MiB are left, an artifact of {max(1, size // 8)} MiB cannot be stored."
            )
