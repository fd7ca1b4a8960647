"""Memory: it follows the artifact and not the sweep, comes back after it, and a lack of it fails only the run it hits.

Everything runs in child processes. Memory is what Python's allocators trace, numpy's arrays included, so that figures
repeat; the lack of it is a limit on the child's address space.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.bench import Bench
from pytest_optbench.collection import Load
from pytest_optbench.experiment.audited import audit_whole
from pytest_optbench.experiment.place import Place
from pytest_optbench.experiment.pressure import (
    KINDS,
    MIB,
    Blobs,
    dimensions_trial,
    drive_confined,
    measure_blobs,
    measure_dimensions,
    measure_noops,
    search_confined,
)
from pytest_optbench.experiment.trial import Trial
from pytest_optbench.stress.child import Bounds, run_child
from pytest_optbench.stress.limits import Limit, Probe
from pytest_optbench.stress.memory import told_of_growth, told_of_lack, told_of_peak, told_of_rest
from pytest_optbench.target import StoredRun

FOLLOWS = "Peak memory follows the artifact."
NOT_SWEEP = "Peak memory does not grow with the number of runs."
RETURNS = "Memory returns after the sweep."
LACK = "A run that lacks memory is stored whole or fails with the error that says so; the others are not touched."
SURVIVES = "A lack of memory does not end the sweep."
DIMENSIONS = (5, 20, 50, 100, 200)
CALM = {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}  # address space that does not depend on the machine
WORKERS = 4
STEEPEST = 1.1  # growth exponent of a peak that still follows the dimension; traced memory repeats
GRAIN = 250  # bytes that a finished run leaves are told in such steps: a hundred or so are the interpreter's own
MANY = 16  # runs of a long sweep


def in_child(bench: Bench, function: Callable[..., Any], *arguments: Any) -> Any:
    """What the function returned in a child; a child that dies of its work breaks the scenario."""
    ended = run_child(function, *arguments, bounds=Bounds(seconds=60 + 10 * bench.settings.budget), environment=CALM)
    if ended.error is not None or not ended.reported:
        bench.ran(executed=1, audited=1, seconds=ended.wall)
        bench.breaks(SURVIVES, f"The process that ran the sweep: {ended.story()}.\n{ended.traceback or ended.output}")
        return None
    return ended.value


def blobs_at(place: Place, sizes: Sequence[int], kind: str = "numpy", workers: int = 1) -> Blobs:
    return Blobs(place.drive.store, str(place.witness), place.session, sizes, kind, workers)


def measure(bench: Bench, sweeps: dict[str, tuple[Sequence[int], str, int]]) -> dict[str, dict[str, Any]]:
    """Measure sweeps (sizes, kind, workers) by name, one after the other in one child, and audit their stores."""
    places = {name: bench.at(name) for name in sweeps}
    chosen = {name: blobs_at(places[name], *sweep) for name, sweep in sweeps.items()}
    measured = in_child(bench, measure_blobs, [asdict(one) for one in chosen.values()])
    if measured is None:
        return {}
    told = dict(zip(sweeps, measured, strict=True))
    for name, one in chosen.items():
        judge(bench, one.trial(), places[name], told[name])
    return told


def judge(bench: Bench, trial: Trial, place: Place, told: dict[str, Any]) -> None:
    """Audit what a child has driven."""
    bench.judge(audit_whole(trial, place))
    bench.ran(executed=trial.runs, audited=0, seconds=told["seconds"])
    if told["error"]:
        bench.breaks(SURVIVES, f"The sweep of {trial.runs} runs ended with {told['error']}.")


@pytest.mark.breaking_point("memory-pressure", light=4, medium=256, heavy=2_048)
def test_peak(load: Load, bench: Bench) -> None:
    """One run with one artifact of up to `load` MiB: an array, a dict of arrays, a file."""
    assert load.size
    sizes = [load.size * MIB // part for part in (8, 4, 2, 1)]
    sweeps = {f"numpy-{size}": ([size], "numpy", 1) for size in sizes}
    sweeps |= {f"{kind}-{sizes[-1]}": ([sizes[-1]], kind, 1) for kind in KINDS}
    told = measure(bench, sweeps)
    for name, one in told.items():
        kind, size = name.split("-")
        wrong = told_of_peak(one["peak"], int(size))
        if wrong:
            bench.breaks(FOLLOWS, f"One artifact of kind {kind}: {wrong}.")
    if told:
        curve = [(size, told[f"numpy-{size}"]["peak"] / size, True) for size in sizes]
        for kind in KINDS:
            bench.measure(f"peak_{kind}_bytes_per_byte", told[f"{kind}-{sizes[-1]}"]["peak"] / sizes[-1])
        bench.limit("peak memory", curve[-1][1], "bytes/artifact byte", curve, better="lower")


@pytest.mark.breaking_point("memory-pressure", light=1, medium=16, heavy=128)
def test_long_sweep(load: Load, bench: Bench) -> None:
    """Sixteen runs with artifacts of `load` MiB take no more memory than two."""
    assert load.size
    size = load.size * MIB
    told = measure(bench, {"two": ([size] * 2, "numpy", 1), "many": ([size] * MANY, "numpy", 1)})
    if told:
        wrong = told_of_growth(2, told["two"]["peak"], MANY, told["many"]["peak"])
        if wrong:
            bench.breaks(NOT_SWEEP, f"With one worker {wrong}.")


@pytest.mark.breaking_point("memory-pressure", light=1, medium=16, heavy=128)
def test_many_at_once(load: Load, bench: Bench) -> None:
    """Four threads with artifacts of `load` MiB each take what four artifacts take."""
    assert load.size
    size = load.size * MIB
    told = measure(bench, {"many": ([size] * MANY, "numpy", WORKERS)})
    if told:
        wrong = told_of_peak(told["many"]["peak"], WORKERS * size)
        if wrong:
            bench.breaks(FOLLOWS, f"{MANY} runs with {WORKERS} workers: {wrong}.")


@pytest.mark.breaking_point("memory-pressure", light=2, medium=32, heavy=256)
def test_memory_returns(load: Load, bench: Bench) -> None:
    """After a sweep with artifacts of `load` MiB nothing of them is left in memory."""
    assert load.size
    sizes = [load.size * MIB] * 4
    told = measure(bench, {kind: (sizes, kind, 1) for kind in KINDS})
    for kind, one in told.items():
        wrong = told_of_rest(one["left"], sizes)
        if wrong:
            bench.breaks(RETURNS, f"Artifacts of kind {kind}: {wrong}.")


@pytest.mark.breaking_point("memory-pressure", light=100, medium=2_000, heavy=20_000)
def test_finished_runs(load: Load, bench: Bench) -> None:
    """What a finished run without artifacts leaves in the memory of its process, from sweeps of up to `load` runs."""
    assert load.size
    place = bench.at()
    runs = [load.size // 4, load.size // 2, load.size]
    told = in_child(bench, measure_noops, place.drive.store, str(place.witness), place.session, runs)
    if told is not None:
        bench.ran(executed=sum(runs), audited=sum(runs), seconds=sum(one["seconds"] for one in told))
        left = [one["left"] for one in told]
        curve = [(count, rest, True) for count, rest in zip(runs, left, strict=True)]
        per_run = round((left[-1] - left[0]) / (runs[-1] - runs[0]) / GRAIN) * GRAIN
        bench.limit("left", max(0, per_run), "bytes/run", curve, better="lower")


@pytest.mark.breaking_point("memory-pressure", light=2_000, medium=20_000, heavy=200_000)
def test_dimensions(load: Load, bench: Bench) -> None:
    """Optimizers in 5 to 200 dimensions, with `load` evaluations each: memory grows at most as the dimension does."""
    assert load.size
    place = bench.at()
    told = in_child(
        bench, measure_dimensions, place.drive.store, str(place.witness), place.session, DIMENSIONS, load.size
    )
    if told is None:
        return
    for dim, one in zip(DIMENSIONS, told, strict=True):
        if one["error"]:
            bench.breaks(SURVIVES, f"The run in {dim} dimensions ended with {one['error']}.")
    bench.ran(executed=len(DIMENSIONS), audited=0, seconds=sum(one["seconds"] for one in told))
    bench.judge(audit_whole(dimensions_trial(DIMENSIONS, load.size), place))
    peaks = [one["peak"] for one in told]
    # From the last step alone: what is the same in all dimensions hides at the start what grows.
    exponent = math.log(peaks[-1] / peaks[-2]) / math.log(DIMENSIONS[-1] / DIMENSIONS[-2])
    if exponent > STEEPEST:
        bench.breaks(FOLLOWS, f"Peaks of {peaks} bytes in {DIMENSIONS} dimensions grow by {exponent:.2f}.")
    curve = [(dim, peak, True) for dim, peak in zip(DIMENSIONS, peaks, strict=True)]
    bench.limit("dimensions", DIMENSIONS[-1], "dimensions", curve, stopped="ceiling")


@pytest.mark.breaking_point("memory-pressure", light=64, medium=256, heavy=2_048)
def test_out_of_memory(load: Load, bench: Bench) -> None:
    """An operation that asks for more than the `load` MiB there are fails by itself, between two that do not."""
    assert load.size
    place = bench.at()
    blobs = blobs_at(place, [MIB, 2 * load.size * MIB, MIB])
    told = in_child(bench, drive_confined, asdict(blobs), load.size * MIB)
    if told is None:
        return
    trial = blobs.trial()
    starved = [dict(trial.params[1])]  # type: ignore[index]
    judge(bench, Trial(trial.name, trial.operation, trial.params, failing=starved), place, told)
    for run in place.target.read(place.drive.store, trial.experiment(place.target)).runs:
        wrong = told_of_lack(run)
        if wrong:
            bench.breaks(LACK, f"Run {run.run_id}, one of three with {load.size} MiB left for all: {wrong}.")


@pytest.mark.breaking_point("memory-pressure", light=32, medium=256, heavy=2_048)
def test_largest_artifact(load: Load, bench: Bench) -> None:
    """How large an artifact can be where there are `load` MiB; one that is too large fails its run by name."""
    assert load.size
    place = bench.at()
    sweep = asdict(blobs_at(place, []))
    told = in_child(bench, search_confined, sweep, load.size * MIB, bench.settings.budget)
    if told is None:
        return
    limit = Limit(told["value"], tuple(Probe(*probe) for probe in told["curve"]), told["stopped"])
    for mib, _, _ in limit.curve:
        wrong = told_of_lack(only_run(place, mib))
        if wrong:
            bench.breaks(LACK, f"The run with an artifact of {mib} MiB, where {load.size} MiB are left: {wrong}.")
    bench.ran(executed=len(limit.curve), audited=len(limit.curve), seconds=0.0)
    bench.found(f"largest artifact in {load.size} MiB", limit, "MiB")


def only_run(place: Place, mib: int) -> StoredRun | None:
    """The record of the probe of that size."""
    store = f"{place.drive.store}-{mib}"
    trial = blobs_at(place, [mib * MIB]).trial()
    runs = place.target.read(store, trial.experiment(place.target)).runs if Path(store).is_dir() else ()
    return next(iter(runs), None)
