"""Leaks: the resources that a run uses are released when it ends, in every way of ending.

Promise: repeated equal sweeps leave no more resources behind than one: the number of open files, threads, processes,
loggers, handlers, temporary files and objects of any type does not grow with each sweep.
"""

from __future__ import annotations

import pytest

from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.executors import about
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.stress.audit.promises import AS_PLANNED
from pytest_optbench.stress.process.child import ResourceLimits, run_child

from .resources import growing, promise_of
from .rounds import resources_after

ROUNDS = 6  # after the warm-up: enough that no count grows in each of them by chance
FEW_ROUNDS = 3  # for parts whose rounds take longer
SECONDS = 1800.0  # against a hang

every_load = pytest.mark.breaking_point("leaks", light=4, medium=40, heavy=1_000, extreme=10**9)


def judge(scenario: Scenario, end: str, rounds: int = ROUNDS) -> None:
    """Run rounds of sweeps that end in one way, and report a break for each resource that grew in every round."""
    for runs in scenario.sizes():
        folder = scenario.folder / str(runs)
        folder.mkdir()
        child = run_child(resources_after, end, str(folder), runs, rounds, bounds=ResourceLimits(seconds=SECONDS))
        result = child.value_or_raise()
        scenario.ran(executed=result["executed"], audited=result["executed"], seconds=child.wall)
        if result["executed"] < result["expected"]:
            message = f"Of {result['expected']} runs {result['executed']} ended as planned ({end})."
            scenario.breaks(AS_PLANNED, message)
        for name, counts in growing(result["samples"]):
            message = f"{name} grew with each sweep of {runs} runs ({end}): {', '.join(map(str, counts))}."
            scenario.breaks(promise_of(name), message, about=name)


@every_load
def test_success(load: Load, scenario: Scenario) -> None:
    """Runs that succeed after using a scratch folder, loggers, a library's logger, steps and files."""
    judge(scenario, "success")


@every_load
def test_failure(load: Load, scenario: Scenario) -> None:
    """Runs that fail after using the same resources."""
    judge(scenario, "failure")


@every_load
def test_skipped(load: Load, scenario: Scenario) -> None:
    """Sweeps whose runs are all stored already."""
    judge(scenario, "skipped")


@every_load
def test_shared_executor(load: Load, scenario: Scenario) -> None:
    """Sweeps in sequence on one executor."""
    about(scenario, "thread")
    scenario.target.require("shared-executor")
    judge(scenario, "shared executor")


@every_load
def test_reading(load: Load, scenario: Scenario) -> None:
    """Repeated reading of a whole store: records, artifacts, steps and logs."""
    judge(scenario, "reading")


@every_load
def test_cancelled(load: Load, scenario: Scenario) -> None:
    """Sweeps that are cancelled while a run executes."""
    scenario.target.require("cancel")
    judge(scenario, "cancelled")


@every_load
def test_dead_worker(load: Load, scenario: Scenario) -> None:
    """Sweeps in which a worker process dies."""
    about(scenario, "process")
    judge(scenario, "dead worker", rounds=FEW_ROUNDS)
