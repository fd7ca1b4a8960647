"""Costs of sweeps: function calls, which repeat on any machine, and processor time."""

from __future__ import annotations

import time

from pytest_optbench.drive.child_sweep import in_new_session
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import run_and_audit
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.stress.measure.counts import RepeatedCount, repeated_count
from pytest_optbench.stress.measure.measure import count_calls
from pytest_optbench.target import StartedSweep
from pytest_optbench.target.dialect import Counts
from pytest_optbench.workloads.basic import noop

from .crowding import check_and_clear, time_sweep

POLL = 0.01  # seconds between two queries of the status


def count_sweep_calls(scenario: Scenario, planned_sweep: PlannedSweep) -> int:
    """Count the function calls of a sweep in a fresh store."""
    ctx = scenario.at("counted")
    calls = count_calls(time_sweep, scenario, planned_sweep, ctx)
    check_and_clear(scenario, planned_sweep, ctx)
    return calls


def count_gathering_calls(scenario: Scenario, runs: int) -> RepeatedCount:
    """Complete a sweep, start it again, and count the calls for its results once every run has been skipped."""
    planned_sweep, ctx = PlannedSweep("gathering", noop, [{"n": n} for n in range(runs)]), in_new_session(scenario.at())
    scenario.judge(run_and_audit(planned_sweep, ctx))

    def count_once() -> int:
        started = scenario.target.start(planned_sweep.experiment(scenario.target), ctx.options)
        deadline = time.monotonic() + scenario.settings.budget
        while started.is_running and count_ended(started.status) < planned_sweep.runs and time.monotonic() < deadline:
            time.sleep(POLL)
        return count_calls(wait_for_success, started)

    return repeated_count(count_once)


def wait_for_success(started: StartedSweep) -> None:
    summary = started.wait()
    assert summary is not None, "a wait without a limit ends with a summary"
    summary.raise_for_error()


def count_ended(counts: Counts) -> int:
    return counts.skipped + counts.completed + counts.failed


def processor_time(scenario: Scenario, planned_sweep: PlannedSweep) -> float:
    """Measure the microseconds of processor time per run."""
    ctx = scenario.at(f"timed-{planned_sweep.name}")
    started = time.process_time()
    time_sweep(scenario, planned_sweep, ctx)
    seconds = time.process_time() - started
    check_and_clear(scenario, planned_sweep, ctx)
    return seconds / planned_sweep.runs * 1e6
