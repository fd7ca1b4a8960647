"""Crash points: a kill or a failing call at any file-system event of a sweep costs nothing but time.

Promise: the sweep that is run again gives the result of one that nothing interrupted, without repeating what was
stored; an error is recorded or raised; nothing hangs, and nothing is left over. The faults come from outside: an audit
hook and wrapped functions see every event below the store, and let one of them kill the process or fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

import pytest

from pytest_optbench.drive.child_sweep import in_new_session, operation_modules, task_of
from pytest_optbench.drive.explained import explained
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import audit_after, run_and_audit
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.faults.fault import Fault
from pytest_optbench.stress.faults.random_mishaps import random_fault
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.workloads.basic import noop

from .beginnings import BEGINNINGS
from .points import ALL_ERRORS, CRASHES, ERRORS, Trace
from .random_kills import kill_and_complete
from .walking import points_of, walk_and_report

ONCE = promise("crash-points.exactly-once")
ORPHANS = promise("crash-points.no-orphans")
EMPTY = ("an empty store",)
FILLED = tuple(name for name in BEGINNINGS if name not in EMPTY)
MISHAPS = {"light": 8, "medium": 100, "heavy": 1_000, "extreme": 8}
RUNS_TO_KILL = {"light": 20, "medium": 200, "heavy": 200, "extreme": 200}
KILLS_OF_A_SWEEP = 5
PATIENCE = 120.0  # seconds for a sweep that is killed several times
walk_load = pytest.mark.breaking_point(
    "crash-points", light=4, medium=4, heavy=6, extreme=10_000, explain=explained("payload", stores=lambda _: 3)
)


def errors_of(scenario: Scenario) -> Sequence[Fault]:
    return ERRORS if scenario.load.intensity in ("light", "medium") else ALL_ERRORS


def all_beginnings(scenario: Scenario) -> Iterable[str]:
    return EMPTY if scenario.load.intensity == "light" else BEGINNINGS


@walk_load
def test_crashes(load: Load, scenario: Scenario) -> None:
    """A sweep in threads that is killed at any event can be resumed."""
    walk_and_report(scenario, "threads", points_of(scenario, CRASHES), EMPTY, executor="thread", workers=2)


@walk_load
def test_errors(load: Load, scenario: Scenario) -> None:
    """A call that fails in a sweep in threads, or all calls from then on, cost nothing in silence."""
    points = points_of(scenario, errors_of(scenario))
    walk_and_report(scenario, "threads", points, EMPTY, executor="thread", workers=2)


@walk_load
def test_inline(load: Load, scenario: Scenario) -> None:
    """Kills and failing calls in a sweep in the calling thread, from every beginning."""
    scenario.target.require("inline")
    points = points_of(scenario, (*CRASHES, *errors_of(scenario)), files=False)
    walk_and_report(scenario, "inline", points, all_beginnings(scenario), executor="inline")


@walk_load
def test_processes(load: Load, scenario: Scenario) -> None:
    """Kills and failing calls in a sweep and in its worker processes, from every beginning."""
    scenario.target.require("process")
    points = points_of(scenario, (*CRASHES, *errors_of(scenario)), files=False)
    workers = 1 if scenario.load.intensity == "light" else 2
    walk_and_report(scenario, "processes", points, all_beginnings(scenario), executor="process", workers=workers)


@walk_load
def test_beginnings(load: Load, scenario: Scenario) -> None:
    """Kills and failing calls in a store with failures, with successes that are replaced, and after other deaths."""
    points = points_of(scenario, (*CRASHES, *errors_of(scenario)), files=False)
    walk_and_report(scenario, "filled stores", points, FILLED, executor="thread", workers=2)


@walk_load
def test_mishaps(load: Load, scenario: Scenario) -> None:
    """Faults drawn at random: half and torn writes, delays, signals, kills and errors; a seed repeats them."""
    number = MISHAPS[scenario.load.intensity]

    def drawn(trace: Trace, _: Random) -> list[Fault]:
        return [random_fault(scenario.seed, each, trace) for each in range(number)]

    walk_and_report(scenario, "drawn", drawn, EMPTY, executor="thread", workers=2)


@pytest.mark.breaking_point(
    "crash-points", light=3, medium=20, heavy=200, extreme=10**6, explain=explained("noop", lambda _: 200)
)
def test_random_kills(load: Load, scenario: Scenario) -> None:
    """A sweep with worker processes that is killed at random times has each run once in the end, and no orphans."""
    scenario.target.require("process")
    runs = RUNS_TO_KILL[scenario.load.intensity]
    sweep = PlannedSweep("random-kills", noop, [{"n": n} for n in range(runs)])
    undisturbed = run_and_audit(sweep, scenario.at("undisturbed", executor="process", workers=2))
    scenario.judge(undisturbed)
    done = 0
    for kills in scenario.sizes("kills"):
        while done < kills and not scenario.broken:
            done += kill_one_sweep(scenario, sweep, done, min(KILLS_OF_A_SWEEP, kills - done), undisturbed.seconds)


def kill_one_sweep(scenario: Scenario, sweep: PlannedSweep, done: int, kills: int, seconds: float) -> int:
    """Kill a new sweep several times and complete it; return the number of kills."""
    ctx = scenario.at(f"kills-{done}", executor="process", workers=2)
    contexts = [in_new_session(ctx) for _ in range(kills + 1)]
    tasks = [task_of(sweep, each) for each in contexts]
    needs = operation_modules(tasks)
    limits = ResourceLimits(PATIENCE + kills * 2 * seconds)
    ended = run_child(kill_and_complete, tasks, seconds, scenario.seed, done, bounds=limits, needs=needs)
    result = ended.value_or_raise()
    if result["orphans"]:
        scenario.breaks(ORPHANS, f"{result['orphans']} worker processes were alive 10 s after {kills} kills.")
    last = contexts[-1]
    audited = audit_after(sweep, last)
    scenario.ran(executed=audited.executed, audited=audited.audited, seconds=result["summary"]["seconds"])
    stored = scenario.target.read(last.options.store, sweep.experiment(scenario.target)).runs
    keys = {run.metrics.get(WITNESS_METRIC) for run in stored if run.status == "success"}
    if result["summary"]["error"] is not None:
        scenario.breaks(ONCE, f"After {kills} kills the sweep raised {result['summary']['error']}.")
    elif len(stored) != sweep.runs or len(keys) != sweep.runs:
        scenario.breaks(ONCE, f"Of {sweep.runs} runs {len(keys)} are stored as successes, in {len(stored)} records.")
    for finding in audited.findings:
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)
    return kills
