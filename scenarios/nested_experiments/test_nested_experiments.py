"""Nested experiments: operations that run experiments, and experiments beside each other on one executor.

Promise: no deadlock; the results of every sweep land in its own store, executed by its own operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.drive.fault_sweeps import ChildSweepResult
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.options import Settings
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.stress.audit.promises import Violation, smallest

from .sweep_tree import (
    SweepTree,
    check_end,
    check_sweep,
    drive_concurrent,
    drive_trees,
    executions_of,
    planned_sweeps,
    root_of,
    sweeps_of,
)

PATIENCE = 10.0  # seconds for a size of one; only a deadlock, or hundreds of sweeps, take as long
LEAST = 40.0  # seconds, whatever the size
RUNS_BESIDE = 6


def in_depth(size: int) -> SweepTree:
    return SweepTree(size, 1)


def in_width(size: int) -> SweepTree:
    return SweepTree(1, size, workers=size)


def in_processes(size: int) -> SweepTree:
    return SweepTree(1, size, "process", workers=2)


def on_one_executor(size: int) -> SweepTree:
    return SweepTree(depth_of(size), 2, workers=1, shared=True)


def concurrent_sweeps(size: int) -> None:
    """No nest at all."""


def depth_of(size: int) -> int:
    """The depth of a tree of two branches, which doubles with each level."""
    return size.bit_length() - 1


def doubled(size: int) -> list[int]:
    """1, 2, 4 and so on, up to the size."""
    return [1 << power for power in range(size.bit_length())]


def explained(nests: Callable[[int], SweepTree | None]) -> Callable[[Load, Settings], str]:
    """What a part says of its load: the runs of all that it drives, and the stores they lie in.

    Where it drives no nests, a size is a number of experiments beside each other.
    """

    def explain_load(load: Load, settings: Settings) -> str:
        runs = stores = 0
        for size in doubled(load.size):
            nest = nests(size)
            runs += nest.runs if nest else size * RUNS_BESIDE
            stores += nest.stores if nest else size
        return explain_runs(runs, stores=stores)

    return explain_load


def every_load(nests: Callable[[int], SweepTree | None]) -> pytest.MarkDecorator:
    table = {"light": 4, "medium": 16, "heavy": 64, "extreme": 256}
    return pytest.mark.breaking_point("nested-experiments", **table, explain=explained(nests))


@every_load(in_depth)
def test_depth(load: Load, scenario: Scenario) -> None:
    """An operation runs an experiment whose operation runs an experiment, and so on."""
    drive_growing(scenario, "nesting depth", "levels", in_depth)


@every_load(in_width)
def test_width(load: Load, scenario: Scenario) -> None:
    """Many runs at once each run an experiment."""
    drive_growing(scenario, "concurrent nested sweeps", "sweeps at once", in_width)


@every_load(in_processes)
def test_width_in_processes(load: Load, scenario: Scenario) -> None:
    """Many runs in worker processes each run an experiment."""
    scenario.target.require("process")
    drive_growing(scenario, "nested sweeps in 2 processes", "sweeps in 2 processes", in_processes, ramp=False)


@every_load(on_one_executor)
def test_shared_executor(load: Load, scenario: Scenario) -> None:
    """A run starts an experiment on the executor that it is executed by, though that has no worker left."""
    scenario.target.require("shared-executor")
    drive_growing(scenario, "nesting depth on one executor", "levels", on_one_executor, depth_of)


@every_load(concurrent_sweeps)
def test_concurrent_sweeps(load: Load, scenario: Scenario) -> None:
    """Experiments that run at once on one executor keep to themselves."""
    scenario.target.require("shared-executor")
    held: dict[int, bool] = {}
    for number in (number for sizes in batches(scenario) for number in sizes if number > 1):
        ctx = scenario.at(str(number))
        driven = drive_concurrent(number, RUNS_BESIDE, "thread", ctx, patience([number]))
        stores = [ctx.options.store + f"/{one}" for one in range(number)]
        sweeps = list(zip(planned_sweeps(number, RUNS_BESIDE), stores, strict=True))
        executions = executions_of(ctx)
        found = [one for how in driven for one in check_end(f"{number} experiments on one executor", how)]
        for (planned_sweep, store), how in zip(sweeps, driven, strict=True):
            found += check_sweep(planned_sweep, store, ctx, executions) if how.summary is not None else ()
        add_runs(scenario, driven, len(executions))
        held[number] = report_violations(scenario, found)
        if found:
            break
    record_largest(scenario, "concurrent sweeps on one executor", "sweeps", held)


def batches(scenario: Scenario) -> Iterator[list[int]]:
    """The sizes to drive in one process: all up to the load, or at extreme one after the other."""
    first = True
    for size in scenario.sizes(""):
        yield doubled(size) if first else [size]
        first = False


def patience(sizes: Sequence[int]) -> float:
    return max(LEAST, PATIENCE * sum(sizes) / 2)


def drive_growing(
    scenario: Scenario,
    limit: str,
    unit: str,
    nest_of: Callable[[int], SweepTree],
    shown: Callable[[int], int] = int,
    *,
    ramp: bool = True,
) -> None:
    """Drive nests of growing size until one does not hold, and record the largest that did, as `shown` of its size.

    Without a `ramp` only the largest is driven, where the load does not end by the clock.
    """
    held: dict[int, bool] = {}
    for sizes in batches(scenario):
        nests = {size: nest_of(size) for size in (sizes if ramp else sizes[-1:]) if nest_of(size).depth > 0}
        what = {size: f"{shown(size)} {unit}, {nest}" for size, nest in nests.items()}
        held |= drive_in_one_process(scenario, f"size-{sizes[-1]}", nests, what, patience(sizes))
        if not all(held.values()):
            break
    record_largest(scenario, limit, unit, held, shown)


def drive_in_one_process(
    scenario: Scenario, name: str, nests: Mapping[int, SweepTree], what: Mapping[int, str], seconds: float
) -> dict[int, bool]:
    """Drive nests in one process, up to the first that does not hold."""
    ctx = scenario.at(name)
    driven = drive_trees(list(nests.values()), ctx, seconds)
    executions = executions_of(ctx)
    add_runs(scenario, driven, len(executions))
    held: dict[int, bool] = {}
    for (size, nest), how in zip(nests.items(), driven, strict=True):
        found = [*check_end(what[size], how)]
        for planned_sweep, store in sweeps_of(nest, root_of(ctx, nest)) if how.summary is not None else ():
            found += check_sweep(planned_sweep, store, ctx, executions)
        held[size] = report_violations(scenario, found)
        if found:
            break
    return held


def add_runs(scenario: Scenario, driven: Sequence[ChildSweepResult], executions: int) -> None:
    seconds = sum(how.summary.seconds for how in driven if how.summary is not None)
    scenario.ran(executed=executions, audited=executions, seconds=seconds)


def report_violations(scenario: Scenario, found: Sequence[Violation]) -> bool:
    for finding in smallest(found):
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)
    return not found


def record_largest(
    scenario: Scenario, limit: str, unit: str, held: Mapping[int, bool], shown: Callable[[int], int] = int
) -> None:
    """Record the largest size that held, and whether it was the load, the budget or a break that ended the growth."""
    curve = [(shown(size), float(shown(size)), whether) for size, whether in held.items()]
    largest = max((size for size, whether in held.items() if whether), default=0)
    at_ceiling = scenario.load.intensity != "extreme" or largest >= scenario.load.size
    stopped = "broke" if not all(held.values()) else "ceiling" if at_ceiling else "budget"
    value = shown(largest) if largest else 0
    scenario.limit(limit, value, unit, curve, stopped=stopped, kind="time" if stopped == "budget" else "count")
