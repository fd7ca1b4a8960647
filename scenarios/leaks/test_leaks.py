"""Leaks: whatever a run asked for is gone when it ended, however it ended.

Promise: sweeps that are all alike leave as much behind as one of them: no open file, thread, process, logger, handler,
temporary file or object of any type is held that grows with each sweep.
"""

from __future__ import annotations

import pytest

from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.stress.audit.promises import AS_PLANNED
from pytest_optbench.stress.process.child import ResourceLimits, run_child

from .held import growing, promise_of
from .rounds import held_after

ROUNDS = 6  # after the warm-up; what grows in each of them does not do so by chance
FEW_ROUNDS = 3  # where each takes longer
SECONDS = 1800.0  # against a hang

every_load = pytest.mark.breaking_point("leaks", light=4, medium=40, heavy=1_000, extreme=10**9)


def judge(scenario: Scenario, end: str, rounds: int = ROUNDS) -> None:
    """Do rounds of sweeps that end in one way, and break the promise of each thing that grew with every round."""
    for runs in scenario.sizes():
        folder = scenario.folder / str(runs)
        folder.mkdir()
        ended = run_child(held_after, end, str(folder), runs, rounds, bounds=ResourceLimits(seconds=SECONDS))
        found = ended.value_or_raise()
        scenario.ran(executed=found["executed"], audited=found["executed"], seconds=ended.wall)
        if found["executed"] < found["expected"]:
            message = f"Of {found['expected']} runs {found['executed']} ended as they were to ({end})."
            scenario.breaks(AS_PLANNED, message)
        for name, counts in growing(found["samples"]):
            message = f"{name} grew with each sweep of {runs} runs ({end}): {', '.join(map(str, counts))}."
            scenario.breaks(promise_of(name), message, about=name)


@every_load
def test_success(load: Load, scenario: Scenario) -> None:
    """Runs that succeed, after they used a scratch folder, loggers, a library's logger, steps and files."""
    judge(scenario, "success")


@every_load
def test_failure(load: Load, scenario: Scenario) -> None:
    """Runs that fail after they used the same."""
    judge(scenario, "failure")


@every_load
def test_skipped(load: Load, scenario: Scenario) -> None:
    """Sweeps that find every run stored."""
    judge(scenario, "skipped")


@every_load
def test_shared_executor(load: Load, scenario: Scenario) -> None:
    """Sweeps one after the other on one executor."""
    scenario.target.require("shared-executor")
    judge(scenario, "shared executor")


@every_load
def test_reading(load: Load, scenario: Scenario) -> None:
    """Somebody reads a whole store again and again: records, artifacts, steps, logs."""
    judge(scenario, "reading")


@every_load
def test_cancelled(load: Load, scenario: Scenario) -> None:
    """Sweeps that are cancelled while a run is under way."""
    scenario.target.require("cancel")
    judge(scenario, "cancelled")


@every_load
def test_dead_worker(load: Load, scenario: Scenario) -> None:
    """Sweeps in which a worker process dies."""
    scenario.target.require("process")
    judge(scenario, "dead worker", rounds=FEW_ROUNDS)
