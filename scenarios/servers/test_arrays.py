"""Servers, arrays: sweeps as job arrays on a real SLURM cluster of one node, which lose tasks, nodes and controller.

Run them with `-m 'light and cluster'`: they start a private cluster.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import run_and_audit
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.target import RunOptions, StartedSweep
from pytest_optbench.workloads.basic import noop
from pytest_optbench.workloads.block_while import block_while

from .arrays import END, Arrays, comes, on_cluster

COMPLETE = promise("servers.array-is-complete")
ENDS = promise("servers.array-ends")
LOST = promise("servers.lost-task-is-noticed")
PENDING = promise("servers.drained-is-pending")
SILENCE = promise("servers.silence-is-no-failure")
APART = promise("servers.sweeps-keep-apart")
SHARED = promise("servers.executors-share-results")
CANCELS = promise("servers.cancel-ends-jobs")
ANY_NAME = promise("servers.any-name")

pytestmark = pytest.mark.cluster
NAMES = ("two words", 'a "quoted" one', "a'b", "$HOME")


def sweep_of(runs: int, name: str = "array") -> PlannedSweep:
    """Return a sweep of runs that do nothing."""
    return PlannedSweep(name, noop, [{"n": n} for n in range(runs)])


def held_sweep(runs: int, held: int, gate: Path) -> PlannedSweep:
    """Return a sweep whose last runs wait until the gate is gone."""
    gate.touch()
    return PlannedSweep("held", block_while, [{"n": n, "hold": str(gate) * (n >= runs - held)} for n in range(runs)])


@contextmanager
def one_under_way(arrays: Arrays, runs: int) -> Iterator[tuple[PlannedSweep, Path, StartedSweep]]:
    """Start a sweep, and wait until its last run alone is under way, which waits until the gate is gone."""
    gate = arrays.scenario.folder / "gate"
    sweep = held_sweep(runs, 1, gate)
    with arrays.started(sweep, chunk_size=1) as started:
        arrays.wait_for(lambda: len(arrays.cluster.jobs()) == 1 and arrays.running(), "one run is under way")
        yield sweep, gate, started


def judge_end(arrays: Arrays, sweep: PlannedSweep, is_running: bool) -> None:
    """Break unless a sweep has ended, once no job is left and its target had time to notice it."""
    if is_running:
        stored = arrays.stored(sweep)
        arrays.scenario.breaks(
            ENDS,
            f"No job is left and {stored} of {sweep.runs} runs are stored, but the sweep has not ended "
            f"{END:.0f} s later.",
        )


@pytest.mark.breaking_point("servers", light=8, medium=100, heavy=1000)
def test_whole_array(load: Load, scenario: Scenario) -> None:
    """Arrays of chunks, in several shards, execute each run once and give all results."""
    with on_cluster(scenario) as arrays:
        sweep = replace(sweep_of(load.size // 2), seeds=(7, 2))
        with arrays.started(sweep, chunk_size=2, max_array_size=max(1, load.size // 8)) as started:
            summary = started.wait(timeout=60.0 + load.size)
        if summary is None:
            arrays.finish()
            judge_end(arrays, sweep, is_running=True)
            return
        if summary.error:
            scenario.breaks(COMPLETE, f"A sweep of {sweep.runs} runs in arrays raised {summary.error}.")
        stored = arrays.examined(sweep)
        if stored != sweep.runs or arrays.repeated() or summary.completed != sweep.runs:
            scenario.breaks(
                COMPLETE,
                f"Of {sweep.runs} runs {stored} are stored, {arrays.repeated()} executed twice, "
                f"and {summary.completed} count as completed.",
            )


@pytest.mark.breaking_point("servers", light=4, medium=50)
def test_resumed_array(load: Load, scenario: Scenario) -> None:
    """A half-done array executes exactly the other half, and ends."""
    with on_cluster(scenario) as arrays:
        half, whole = sweep_of(load.size), sweep_of(2 * load.size)
        with arrays.started(half):
            arrays.finish()
        if (first := arrays.examined(half)) != half.runs:
            scenario.breaks(COMPLETE, f"Of {half.runs} runs {first} are stored.")
            return
        with arrays.started(whole) as started:
            arrays.finish()
            running = not comes(lambda: not started.is_running, END)
        stored = arrays.examined(whole)
        if stored != whole.runs or arrays.repeated():
            scenario.breaks(
                COMPLETE,
                f"Of {whole.runs} runs {half.runs} were stored; after resuming {stored} are, and "
                f"{arrays.repeated()} executed twice.",
            )
        judge_end(arrays, whole, running)


@pytest.mark.breaking_point("servers", light=6)
def test_lost_task(load: Load, scenario: Scenario) -> None:
    """A task that is cancelled, or whose process is killed, costs its own run, which the next sweep executes."""
    for way in ("scancel", "SIGKILL"):
        _lose_task(load, scenario, way)


def _lose_task(load: Load, scenario: Scenario, way: str) -> None:
    with on_cluster(scenario, way) as arrays:
        with one_under_way(arrays, load.size) as (sweep, gate, started):
            (victim,), (job,) = arrays.running(), arrays.cluster.jobs()
            if way == "SIGKILL":
                os.kill(victim.pid, signal.SIGKILL)
            else:
                arrays.cluster.command("scancel", f"{job.id}_{job.task}")
            arrays.finish()
            noticed = comes(lambda: not started.is_running and started.status.failed == 1, END)
            counted = started.status
        if not noticed:
            scenario.breaks(
                LOST, f"1 of {load.size} tasks ended by {way}: the status counts {counted.failed} runs as failed."
            )
        gate.unlink()
        stored = arrays.completed(sweep)
        if stored != sweep.runs or arrays.repeated():
            scenario.breaks(
                LOST,
                f"1 of {load.size} tasks ended by {way}; after another sweep {stored} runs are stored, and "
                f"{arrays.repeated()} executed twice.",
            )


@pytest.mark.breaking_point("servers", light=4)
def test_drained_node(load: Load, scenario: Scenario) -> None:
    """While the node takes no jobs all runs are pending; when it does again, the sweep is completed."""
    with on_cluster(scenario) as arrays:
        sweep = sweep_of(load.size)
        arrays.cluster.drain()
        with arrays.started(sweep, chunk_size=1) as started:
            arrays.wait_for(lambda: len(arrays.cluster.jobs()) == load.size, "every task waits")
            counted = started.status
            if counted.pending != load.size or not started.is_running:
                scenario.breaks(
                    PENDING,
                    f"All {load.size} tasks wait for a node: the status counts {counted.pending} runs as pending, "
                    f"{counted.failed} as failed, {counted.completed} as completed.",
                )
            arrays.cluster.resume()
            arrays.finish()
        if (stored := arrays.examined(sweep)) != sweep.runs:
            scenario.breaks(
                COMPLETE, f"After its node was drained and resumed, {stored} of {sweep.runs} runs are stored."
            )


@pytest.mark.breaking_point("servers", light=4)
def test_silent_controller(load: Load, scenario: Scenario) -> None:
    """While the controller does not answer, runs under way are not failed and the sweep has not ended."""
    with on_cluster(scenario) as arrays:
        with one_under_way(arrays, load.size) as (sweep, gate, started):
            comes(lambda: started.status.completed == load.size - 1, END)
            arrays.cluster.stop("slurmctld")
            counted, ended = started.status, not started.is_running
            arrays.cluster.start()
            gate.unlink()
            arrays.finish()
        if counted.failed or ended:
            scenario.breaks(
                SILENCE,
                f"1 of {load.size} runs was under way when the controller did not answer: the status counted "
                f"{counted.failed} as failed, and the sweep {'had' if ended else 'had not'} ended.",
            )
        if (stored := arrays.examined(sweep)) != sweep.runs:
            scenario.breaks(COMPLETE, f"After the controller was restarted, {stored} of {sweep.runs} runs are stored.")


@pytest.mark.breaking_point("servers", light=4)
def test_two_sweeps(load: Load, scenario: Scenario) -> None:
    """A sweep that is submitted while another one of its experiment waits leaves that one its runs."""
    with on_cluster(scenario) as arrays:
        first = sweep_of(load.size)
        second = replace(first, params=[{"n": n} for n in range(100, 100 + load.size)])
        arrays.cluster.drain()
        with arrays.started(first, chunk_size=1), arrays.started(second, chunk_size=1):
            arrays.cluster.resume()
            arrays.finish()
        done = [arrays.examined(first), arrays.examined(second)]
        if done != [load.size, load.size]:
            scenario.breaks(
                APART,
                f"Two sweeps of {load.size} runs each waited at once: of the first {done[0]} are stored, "
                f"of the second {done[1]}.",
            )


@pytest.mark.breaking_point("servers", light=6)
def test_cancelled_array(load: Load, scenario: Scenario) -> None:
    """Cancelling a sweep ends its jobs, those that wait and those that run; another sweep does the rest."""
    with on_cluster(scenario) as arrays:
        with one_under_way(arrays, load.size) as (sweep, gate, started):
            started.cancel()
            left = 0 if comes(lambda: not arrays.cluster.jobs(), END) else len(arrays.cluster.jobs())
        arrays.cluster.cancel_all()
        gate.unlink()
        stored = arrays.completed(sweep)
        if left or stored != sweep.runs:
            scenario.breaks(
                CANCELS,
                f"A sweep of {sweep.runs} runs was cancelled; jobs that are left: {left}; runs that are stored after "
                f"another sweep: {stored}.",
            )


@pytest.mark.breaking_point("servers", light=4)
def test_continued_on_cluster(load: Load, scenario: Scenario) -> None:
    """Of a sweep that threads have finished nothing executes on the cluster."""
    with on_cluster(scenario) as arrays:
        sweep = sweep_of(load.size)
        by_threads = replace(arrays.ctx, options=RunOptions(arrays.ctx.options.store, workers=2))
        scenario.judge(run_and_audit(sweep, by_threads))
        with arrays.started(sweep):
            arrays.finish()
        arrays.examined(sweep)
        if again := arrays.repeated():
            scenario.breaks(
                SHARED, f"Threads had stored {load.size} runs: on a cluster {again} of them executed again."
            )


@pytest.mark.breaking_point("servers", light=2)
def test_names(load: Load, scenario: Scenario) -> None:
    """Blanks, quotes and dollars in the name of an experiment and in the path of its store do no harm."""
    for name in NAMES:
        with on_cluster(scenario, name) as arrays:
            sweep = sweep_of(load.size, name)
            with arrays.started(sweep):
                arrays.finish()
            if (stored := arrays.examined(sweep)) != sweep.runs:
                scenario.breaks(ANY_NAME, f"Named {name!r}, {stored} of {sweep.runs} runs are stored.")


@pytest.mark.breaking_point("servers", medium=2)
def test_out_of_time(load: Load, scenario: Scenario) -> None:
    """A job that exceeds its time, at least a minute, is failed; the other runs are stored, and the sweep ends."""
    with on_cluster(scenario) as arrays:
        sweep = held_sweep(load.size, 1, scenario.folder / "gate")
        with arrays.started(sweep, chunk_size=1, time="0:01:00") as started:
            arrays.finish()
            noticed = comes(lambda: not started.is_running and started.status.failed == 1, END)
        stored = arrays.examined(sweep)
        if not noticed or stored != load.size - 1:
            scenario.breaks(
                LOST,
                f"1 of {load.size} jobs ran out of time: {stored} runs are stored, and the status counts "
                f"{started.status.failed} as failed.",
            )
