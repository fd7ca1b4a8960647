"""Nested experiments: operations that run experiments, and concurrent experiments on one executor.

Promise: no deadlock; the runs of every sweep are executed by its own operation and stored in its own store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.drive.fault_sweeps import ChildSweepResult
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.executors import about
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

PATIENCE = 10.0  # seconds for a size of 1; only a deadlock, or hundreds of sweeps, take as long
LEAST = 40.0  # seconds, whatever the size
CONCURRENT_RUNS = 6  # of each concurrent sweep


def in_depth(size: int) -> SweepTree:
    return SweepTree(size, 1)


def in_width(size: int) -> SweepTree:
    return SweepTree(1, size, workers=size)


def in_processes(size: int) -> SweepTree:
    return SweepTree(1, size, "process", workers=2)


def on_one_executor(size: int) -> SweepTree:
    return SweepTree(depth_of(size), 2, workers=1, shared=True)


def concurrent_sweeps(size: int) -> None:
    """Return no tree: the sweeps of this part are not nested."""


def depth_of(size: int) -> int:
    """The depth of a binary tree, whose size doubles with each level."""
    return size.bit_length() - 1


def doubled(size: int) -> list[int]:
    """1, 2, 4 and so on, up to the size."""
    return [1 << power for power in range(size.bit_length())]


def explained(trees: Callable[[int], SweepTree | None]) -> Callable[[Load, Settings], str]:
    """Make the explanation of a load: the runs of all its sweeps, and their stores.

    Where `trees` gives None, a size is a number of concurrent sweeps.
    """

    def explain_load(load: Load, settings: Settings) -> str:
        runs = stores = 0
        for size in doubled(load.size):
            tree = trees(size)
            runs += tree.runs if tree else size * CONCURRENT_RUNS
            stores += tree.stores if tree else size
        return explain_runs(runs, stores=stores)

    return explain_load


def every_load(trees: Callable[[int], SweepTree | None]) -> pytest.MarkDecorator:
    table = {"light": 4, "medium": 16, "heavy": 64, "extreme": 256}
    return pytest.mark.breaking_point("nested-experiments", **table, explain=explained(trees))


@every_load(in_depth)
def test_depth(load: Load, scenario: Scenario) -> None:
    """Operations that run experiments whose operations run experiments, and so on."""
    drive_growing(scenario, "nesting depth", "levels", in_depth)


@every_load(in_width)
def test_width(load: Load, scenario: Scenario) -> None:
    """Concurrent runs each run an experiment."""
    drive_growing(scenario, "concurrent nested sweeps", "sweeps at once", in_width)


@every_load(in_processes)
def test_width_in_processes(load: Load, scenario: Scenario) -> None:
    """Runs in worker processes each run an experiment."""
    about(scenario, "process")
    drive_growing(scenario, "nested sweeps in 2 processes", "sweeps in 2 processes", in_processes, ramp=False)


@every_load(on_one_executor)
def test_shared_executor(load: Load, scenario: Scenario) -> None:
    """Runs that start an experiment on the executor that executes them, which has no free worker."""
    about(scenario, "thread")
    scenario.target.require("shared-executor")
    drive_growing(scenario, "nesting depth on one executor", "levels", on_one_executor, depth_of)


@every_load(concurrent_sweeps)
def test_concurrent_sweeps(load: Load, scenario: Scenario) -> None:
    """Concurrent experiments on one executor do not affect each other."""
    about(scenario, "thread")
    scenario.target.require("shared-executor")
    holds: dict[int, bool] = {}
    for number in (number for sizes in batches(scenario) for number in sizes if number > 1):
        ctx = scenario.at(str(number))
        results = drive_concurrent(number, CONCURRENT_RUNS, "thread", ctx, patience([number]))
        stores = [ctx.options.store + f"/{index}" for index in range(number)]
        sweeps = list(zip(planned_sweeps(number, CONCURRENT_RUNS), stores, strict=True))
        executions = executions_of(ctx)
        violations = [
            violation for result in results for violation in check_end(f"{number} experiments on one executor", result)
        ]
        for (planned_sweep, store), result in zip(sweeps, results, strict=True):
            violations += check_sweep(planned_sweep, store, ctx, executions) if result.summary is not None else ()
        add_runs(scenario, results, len(executions))
        holds[number] = report_violations(scenario, violations)
        if violations:
            break
    record_largest(scenario, "concurrent sweeps on one executor", "sweeps", holds)


def batches(scenario: Scenario) -> Iterator[list[int]]:
    """Yield the sizes to drive in one process: all up to the load, and at extreme further ones in turn."""
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
    tree_of: Callable[[int], SweepTree],
    display: Callable[[int], int] = int,
    *,
    ramp: bool = True,
) -> None:
    """Drive trees of growing size until a promise breaks, and record the largest that held, as `display` of its size.

    Without a `ramp` only the largest size of each batch is driven.
    """
    holds: dict[int, bool] = {}
    for sizes in batches(scenario):
        trees = {size: tree_of(size) for size in (sizes if ramp else sizes[-1:]) if tree_of(size).depth > 0}
        labels = {size: f"{display(size)} {unit}, {tree}" for size, tree in trees.items()}
        holds |= drive_in_one_process(scenario, f"size-{sizes[-1]}", trees, labels, patience(sizes))
        if not all(holds.values()):
            break
    record_largest(scenario, limit, unit, holds, display)


def drive_in_one_process(
    scenario: Scenario, name: str, trees: Mapping[int, SweepTree], labels: Mapping[int, str], seconds: float
) -> dict[int, bool]:
    """Drive trees in one process, and check them up to the first that breaks a promise; returns which sizes held."""
    ctx = scenario.at(name)
    results = drive_trees(list(trees.values()), ctx, seconds)
    executions = executions_of(ctx)
    add_runs(scenario, results, len(executions))
    holds: dict[int, bool] = {}
    for (size, tree), result in zip(trees.items(), results, strict=True):
        violations = [*check_end(labels[size], result)]
        for planned_sweep, store in sweeps_of(tree, root_of(ctx, tree)) if result.summary is not None else ():
            violations += check_sweep(planned_sweep, store, ctx, executions)
        holds[size] = report_violations(scenario, violations)
        if violations:
            break
    return holds


def add_runs(scenario: Scenario, results: Sequence[ChildSweepResult], executions: int) -> None:
    seconds = sum(result.summary.seconds for result in results if result.summary is not None)
    scenario.ran(executed=executions, audited=executions, seconds=seconds)


def report_violations(scenario: Scenario, violations: Sequence[Violation]) -> bool:
    for finding in smallest(violations):
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)
    return not violations


def record_largest(
    scenario: Scenario, limit: str, unit: str, holds: Mapping[int, bool], display: Callable[[int], int] = int
) -> None:
    """Record the largest size that held, and whether the load, the budget or a break ended the growth."""
    curve = [(display(size), float(display(size)), size_holds) for size, size_holds in holds.items()]
    largest = max((size for size, size_holds in holds.items() if size_holds), default=0)
    at_ceiling = scenario.load.intensity != "extreme" or largest >= scenario.load.size
    stopped = "broke" if not all(holds.values()) else "ceiling" if at_ceiling else "budget"
    value = display(largest) if largest else 0
    scenario.limit(limit, value, unit, curve, stopped=stopped, kind="time" if stopped == "budget" else "count")
