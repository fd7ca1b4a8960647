"""Processes and threads that write to one store, read it and die at the same time.

Promise: nothing is lost, nothing is torn, nothing is executed twice; no process waits for a dead one; readers see whole
records only; a store gets at most one more lock file per hundred runs.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from pytest_optbench.drive.child_sweep import count_finished, in_new_session, operation_modules, start_in_child, task_of
from pytest_optbench.drive.explained import explained
from pytest_optbench.drive.kills import kill_writer, wait_for_execution
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import audit_after, audit_store, run_and_audit, stored_before
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.drive.writers import NO_PROCESS, NO_THREAD, deal, fork_writers, run_in_threads, wait_for_all
from pytest_optbench.errors import TargetRaisedError
from pytest_optbench.plugin.collection import Load, Shard
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.limits import largest
from pytest_optbench.stress.measure.scaling import efficiency, gaps, knee, quantile
from pytest_optbench.stress.process.barrier import arrive
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.workloads.basic import noop, paced
from pytest_optbench.workloads.payload import PAYLOAD, payload

from .concurrent_reads import ReadLog
from .loads import RUNS_A_WRITER, patience, runs_of_crowds, start_crowd, writers_of
from .writers import ENDS, SURVIVES, kill_holder, report, report_ends

FIRST_USE = promise("flock-concurrency.first-use")
WHOLE = promise("flock-concurrency.whole-records")
WRITTEN = promise("flock-concurrency.written-again")
LOCKS = promise("flock-concurrency.few-lock-files")
SLOW_COMMIT = 0.1  # seconds; the p99 up to which a crowd counts as served
RUNS_A_LOCK = 100
READINGS = 3  # fewer while others write say nothing
TRIES = 5  # at a kill or a reading that must hit a process while it executes a run
NAP = 0.002

flock = partial(pytest.mark.breaking_point, "flock-concurrency")


@pytest.mark.breaking_point(
    "flock-concurrency", light=24, medium=1_200, heavy=50_000, extreme=1_000_000, explain=explained("short payload")
)
def test_different_runs(load: Load, shard: Shard, scenario: Scenario) -> None:
    """Processes that write different runs of one experiment into one store lose and tear nothing."""
    for runs in scenario.sizes():
        cases = [{"points": 50, "run": run} for run in range(runs)]
        whole = PlannedSweep("different-runs", payload, cases, artifacts=PAYLOAD)
        if load.intensity == "extreme":  # each shard grows by itself
            write_different_runs(scenario, load, whole, scenario.at(f"of-{runs}"))
            continue
        write_different_runs(
            scenario, load, replace(whole, params=cases[shard.index :: shard.count]), scenario.sweep_context
        )
        if shard.count > 1 and arrive(scenario.session.folder, scenario.group, shard.index, shard.count):
            report(scenario, f"{shard.count} shards of a crowd", audit_store(whole, scenario.sweep_context))


def write_different_runs(scenario: Scenario, load: Load, part: PlannedSweep, ctx: SweepContext) -> None:
    writers = writers_of(load, part.runs)
    before = stored_before(part, ctx)
    what = f"{writers} processes wrote {part.runs} different runs into one store"
    began = time.perf_counter()
    with start_crowd(deal(part, writers), scenario, load, ctx) as crowd:
        report_ends(scenario, what, wait_for_all(crowd))
    report(scenario, what, replace(audit_after(part, ctx, before), seconds=time.perf_counter() - began))


@pytest.mark.breaking_point(
    "flock-concurrency", light=12, medium=300, heavy=5_000, extreme=1_000_000, explain=explained()
)
def test_same_experiment(load: Load, scenario: Scenario) -> None:
    """Processes that start the same experiment at the same time execute each of its runs once in all."""
    for runs in scenario.sizes():
        writers, ctx = writers_of(load, runs), scenario.at(f"of-{runs}")
        planned_sweep = PlannedSweep("same-experiment", paced, [{"seconds": 0.01, "run": run} for run in range(runs)])
        what = f"{writers} processes started the same {runs} runs on one store at once"
        with start_crowd([planned_sweep] * writers, scenario, load, ctx) as crowd:
            report_ends(scenario, what, wait_for_all(crowd))
        report(scenario, what, audit_after(planned_sweep, ctx))


@pytest.mark.breaking_point(
    "flock-concurrency",
    light=8,
    medium=32,
    heavy=128,
    extreme=1_024,
    explain=explained(runs=lambda threads: 2 * threads),
)
def test_first_use(load: Load, scenario: Scenario) -> None:
    """Many threads are the first to import the package, and write to one new store at once."""
    for threads in scenario.sizes("threads"):
        whole, ctx = (
            PlannedSweep("first-use", noop, [{"run": run} for run in range(2 * threads)]),
            scenario.at(f"of-{threads}"),
        )
        tasks = [task_of(part, ctx) for part in deal(whole, threads)]
        what = f"{threads} threads of a new process were the first to use the package"
        ended = run_child(run_in_threads, tasks, bounds=patience(load), fresh=True)
        if ended.error is not None and NO_THREAD in ended.error:
            scenario.inconclusive(f"{ended.error}: a higher limit of processes (ulimit -u) would do")
        errors = [ended.describe()] if ended.value is None else ended.value
        if errors:
            scenario.breaks(FIRST_USE, f"{what}: {errors[0]}.", len(errors) - 1)
        report(scenario, what, audit_after(whole, ctx))


@pytest.mark.breaking_point(
    "flock-concurrency",
    light=1,
    medium=10,
    heavy=100,
    extreme=10_000,
    explain=explained(runs=lambda kills: 4 * kills, stores=lambda kills: kills),
)
def test_killed_holder(load: Load, scenario: Scenario) -> None:
    """A process that is killed while it executes a run leaves nothing that keeps another from executing it."""
    killed = 0
    for kills in scenario.sizes("kills"):
        for number in range(killed, kills):
            if not any(scenario.broken or kill_holder(scenario, f"killed-{number}-{again}") for again in range(TRIES)):
                scenario.inconclusive(
                    f"in {TRIES} tries no kill met a process that executed a run while another one waited: "
                    f"a less loaded machine would do, or a target whose operations run where its sweep was started"
                )
        killed = kills
    scenario.measure("kills_met", killed)


@pytest.mark.breaking_point(
    "flock-concurrency",
    light=1,
    medium=20,
    heavy=200,
    extreme=10_000,
    explain=explained("short payload", lambda kills: 8 * (kills + 1)),
)
def test_killed_while_writing(load: Load, scenario: Scenario) -> None:
    """A process that is killed while it stores a run loses no run of another process."""
    for kills in scenario.sizes("kills"):
        ctx = scenario.at(f"of-{kills}")
        cases = [{"points": 50, "run": run} for run in range(8 * (kills + 1))]
        planned_sweep = PlannedSweep("killed-writers", payload, cases, artifacts=PAYLOAD)
        met = 0
        for number in range(kills + TRIES):
            met += met < kills and kill_writer(planned_sweep, in_new_session(ctx), 3 + number % 5)
        killed = f"{kills + TRIES} processes were killed at work on this experiment"
        what = f"{killed}, {met} of them between the beginning and the record of a run, and one more went on"
        with start_in_child(planned_sweep, in_new_session(ctx), bounds=patience(load), fresh=True) as last:
            report_ends(scenario, what, [last.wait()], SURVIVES)
        report(scenario, what, replace(audit_after(planned_sweep, ctx), executed=count_finished(ctx.witness)))
        scenario.measure("kills_met", met)
        if not met:
            scenario.inconclusive(
                f"none of {kills + TRIES} kills met a process that was storing a run: a less loaded machine would do, "
                f"or a target that does not end {planned_sweep.runs} runs at once"
            )


@pytest.mark.breaking_point(
    "flock-concurrency", light=16, medium=400, heavy=5_000, extreme=1_000_000, explain=explained("payload")
)
def test_readers(load: Load, scenario: Scenario) -> None:
    """A reader of a store in which runs are written, and written again, sees each run whole or not at all."""
    for runs in scenario.sizes():
        planned_sweep = PlannedSweep("readers", payload, [{"points": 200, "run": run} for run in range(runs)])
        for times in (2 * 2**number for number in range(TRIES)):
            ctx = scenario.at(f"of-{runs}-{times}", resume=False)
            seen = read_during_writes(scenario, planned_sweep, ctx, times, patience(load))
            if seen.readings >= READINGS and seen.runs:
                break
        else:
            scenario.inconclusive(
                f"{runs} runs were written {times} times, and only {seen.readings} readings fell into that: "
                f"a larger load would do, or a less loaded machine"
            )


def read_during_writes(
    scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext, times: int, bounds: ResourceLimits
) -> ReadLog:
    """Read a store repeatedly while its runs are written `times` times."""
    experiment, seen = planned_sweep.experiment(scenario.target), ReadLog()
    with start_in_child(planned_sweep, ctx, bounds=bounds, repeats=times) as writer:
        wait_for_execution(writer, ctx)
        while writer.alive:
            seen.add(scenario.target.read(ctx.options.store, experiment))
        ended = writer.wait()
    what = f"A process wrote {planned_sweep.runs} runs {times} times while another read them {seen.readings} times"
    report_ends(scenario, what, [ended])
    executed = count_finished(ctx.witness)
    scenario.ran(executed=executed, audited=seen.runs, seconds=ended.wall)
    scenario.measure("readings", seen.readings)
    if executed != times * planned_sweep.runs:
        scenario.breaks(WRITTEN, f"{what}: {executed} runs executed, expected {times * planned_sweep.runs}.")
    inconsistencies = list(seen.inconsistencies(scenario.target.read(ctx.options.store, experiment)))
    if inconsistencies:
        scenario.breaks(WHOLE, f"{what}: {inconsistencies[0]}.", len(inconsistencies) - 1)
    return seen


@pytest.mark.breaking_point(
    "flock-concurrency", light=400, medium=2_000, heavy=20_000, extreme=1_000_000, explain=explained()
)
def test_lock_files(load: Load, scenario: Scenario) -> None:
    """A store gets at most one more lock file per hundred runs."""
    for runs in scenario.sizes():
        ctx = scenario.at(f"of-{runs}")
        store = Path(ctx.options.store)
        files: dict[int, int] = {}
        for so_far in (runs // 4, runs):
            planned_sweep = PlannedSweep("tidy", noop, [{"run": run} for run in range(so_far)])
            scenario.judge(run_and_audit(planned_sweep, in_new_session(ctx)))
            files[so_far] = len(lock_files(store))
        (few, some), (many, all_of_them) = files.items()
        more, allowed = max(0, all_of_them - some), math.ceil((many - few) / RUNS_A_LOCK)
        curve = [(so_far, count, more <= allowed) for so_far, count in files.items()]
        stopped = "ceiling" if more <= allowed else "broke"
        scenario.limit("lock files left per run", more / (many - few), "files", curve, better="lower", stopped=stopped)
        if more > allowed:
            message = (
                f"{some} lock files after {few} runs, {all_of_them} after {many}, where {allowed} more are allowed"
            )
            scenario.breaks(LOCKS, f"{message}, such as {lock_files(store)[0].relative_to(store)}.")


def lock_files(store: Path) -> list[Path]:
    """Return the files with "lock" in their name or in that of their folder."""
    return sorted(path for path in store.rglob("*") if "lock" in str(path.relative_to(store)) and path.is_file())


@pytest.mark.breaking_point(
    "flock-concurrency", light=4, medium=32, heavy=128, extreme=1_024, explain=explained(runs=runs_of_crowds)
)
def test_crowd(load: Load, scenario: Scenario) -> None:
    """Measure how the number of writers of one store changes the time to commit and the runs per second."""
    rates: dict[int, float] = {}

    def probe(writers: int) -> tuple[float, bool]:
        ctx = scenario.at(f"crowd-{writers}", executor="thread", workers=1)
        planned_sweep = PlannedSweep("crowd", noop, [{"run": run} for run in range(writers * RUNS_A_WRITER)])
        tasks = [task_of(part, ctx) for part in deal(planned_sweep, writers)]
        ended = run_child(fork_writers, tasks, bounds=patience(load), needs=operation_modules(tasks))
        if ended.error is not None and NO_PROCESS in ended.error:
            scenario.inconclusive(f"{ended.error}: a higher limit of processes (ulimit -u) would do")
        value = ended.value_or_raise()
        if errors := [summary["error"] for summary in value["summaries"] if summary and summary["error"]]:
            raise TargetRaisedError(f"it raised {errors[0]} in {len(errors)} of {writers} processes")
        failed = [code for code in value["codes"] if code != 0]
        if failed:
            scenario.breaks(ENDS, f"{len(failed)} of {writers} processes ended with code {failed[0]}.")
        report(scenario, f"{writers} processes wrote to one store", audit_after(planned_sweep, ctx))
        rates[writers] = planned_sweep.runs / value["seconds"]
        commit = quantile(gaps(read(ctx.witness)), 0.99)
        return commit * 1000, commit <= SLOW_COMMIT

    with scenario.quiet():
        limit = largest(probe, ceiling=load.size, budget=scenario.budget, factor=4)
    scenario.found("writers with p99 <= 100 ms per run", limit, "writers", kind="time")
    share = efficiency(rates)
    curve = [(writers, rates[writers], True) for writers in sorted(rates)]
    scenario.limit(
        "best rate of concurrent writers", max(rates.values()), "runs/s", curve, kind="time", stopped=limit.stopped
    )
    scenario.measure("knee_writers", knee(rates))
    scenario.measure("efficiency_of_the_most_writers", share[max(rates)])
    scenario.chart("Runs a second by processes that write to one store", "processes", "runs/s", {"noop": rates.items()})
