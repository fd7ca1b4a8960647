"""Nested experiments: operations that run experiments, and experiments beside each other on one executor.

Promise: no deadlock; the results of every sweep land in its own store, executed by its own operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from pytest_optbench.bench import Bench
from pytest_optbench.collection import Load
from pytest_optbench.experiment.injected import Driven
from pytest_optbench.experiment.nesting import (
    Nest,
    beside,
    drive_beside,
    drive_nests,
    executions_of,
    judged_ending,
    judged_sweep,
    root_of,
    tree,
)
from pytest_optbench.stress.promises import Violation, smallest

PATIENCE = 40.0  # seconds; only a deadlock, or hundreds of sweeps, take as long
RUNS_BESIDE = 6

every_load = pytest.mark.breaking_point("nested-experiments", light=4, medium=16, heavy=64)


@every_load
def test_depth(load: Load, bench: Bench) -> None:
    """An operation runs an experiment whose operation runs an experiment, and so on."""
    grow(bench, load, "depth reached", "levels", {depth: Nest(depth, 1) for depth in doubled(load)})


@every_load
def test_width(load: Load, bench: Bench) -> None:
    """Many runs at once each run an experiment."""
    nests = {width: Nest(1, width, workers=width) for width in doubled(load)}
    grow(bench, load, "width reached", "sweeps at once", nests)


@every_load
def test_width_in_processes(load: Load, bench: Bench) -> None:
    """Many runs in worker processes each run an experiment."""
    bench.target.require("process")
    nests = {width: Nest(1, width, "process", workers=2) for width in doubled(load)[-1:]}
    grow(bench, load, "width reached in processes", "sweeps in 2 processes", nests)


@every_load
def test_shared_executor(load: Load, bench: Bench) -> None:
    """A run starts an experiment on the executor that it is executed by, though that has no worker left."""
    bench.target.require("shared-executor")
    depths = range(1, (load.size or 1).bit_length())  # a tree of two branches doubles with each
    nests = {depth: Nest(depth, 2, workers=1, shared=True) for depth in depths}
    grow(bench, load, "depth reached on one executor", "levels", nests)


@every_load
def test_beside(load: Load, bench: Bench) -> None:
    """Experiments that run at once on one executor keep to themselves."""
    bench.target.require("shared-executor")
    held = {}
    for number in doubled(load)[1:]:
        place = bench.at(str(number))
        driven = drive_beside(number, RUNS_BESIDE, "thread", place, patience(load))
        stores = [place.drive.store + f"/{one}" for one in range(number)]
        sweeps = list(zip(beside(number, RUNS_BESIDE), stores, strict=True))
        executions = executions_of(place)
        found = [one for how in driven for one in judged_ending(f"{number} experiments on one executor", how)]
        for (trial, store), how in zip(sweeps, driven, strict=True):
            found += judged_sweep(trial, store, place, executions) if how.summary is not None else ()
        ran(bench, driven, len(executions))
        held[number] = holds(bench, found)
        if found:
            break
    reached(bench, "experiments on one executor", "at once", held)


def doubled(load: Load) -> list[int]:
    """1, 2, 4 and so on, up to the load."""
    return [1 << power for power in range((load.size or 1).bit_length())]


def patience(load: Load) -> float:
    return PATIENCE * (load.size or 1) / 4


def grow(bench: Bench, load: Load, limit: str, unit: str, nests: Mapping[int, Nest]) -> None:
    """Drive nests of growing size until one does not hold, and record the largest that did."""
    place = bench.at()
    driven = drive_nests(list(nests.values()), place, patience(load))
    executions = executions_of(place)
    ran(bench, driven, len(executions))
    held = {}
    for (size, nest), how in zip(nests.items(), driven, strict=True):
        found = [*judged_ending(f"{size} {unit}, {nest}", how)]
        for trial, store in tree(nest, root_of(place, nest)) if how.summary is not None else ():
            found += judged_sweep(trial, store, place, executions)
        held[size] = holds(bench, found)
        if found:
            break
    reached(bench, limit, unit, held)


def ran(bench: Bench, driven: Sequence[Driven], executions: int) -> None:
    seconds = sum(how.summary.seconds for how in driven if how.summary is not None)
    bench.ran(executed=executions, audited=executions, seconds=seconds)


def holds(bench: Bench, found: Sequence[Violation]) -> bool:
    for finding in smallest(found):
        bench.breaks(finding.violation.promise, finding.violation.message, finding.others)
    return not found


def reached(bench: Bench, limit: str, unit: str, held: Mapping[int, bool]) -> None:
    curve = [(size, float(size), whether) for size, whether in held.items()]
    largest = max((size for size, whether in held.items() if whether), default=0)
    bench.limit(limit, largest, unit, curve, stopped="ceiling" if all(held.values()) else "broke")
