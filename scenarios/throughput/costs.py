"""What sweeps cost: function calls, which repeat on any machine, and processor time."""

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

from .crowding import clear, sweep

LOOK = 0.01  # seconds between two looks at how far a sweep is


def calls_of(scenario: Scenario, planned_sweep: PlannedSweep) -> int:
    """The function calls of a sweep in a fresh store."""
    ctx = scenario.at("counted")
    calls = count_calls(sweep, scenario, planned_sweep, ctx)
    clear(scenario, planned_sweep, ctx)
    return calls


def calls_to_gather(scenario: Scenario, runs: int) -> RepeatedCount:
    """Complete a sweep, then start it again, and count the calls for its results once every run was skipped."""
    planned_sweep, ctx = PlannedSweep("gathering", noop, [{"n": n} for n in range(runs)]), in_new_session(scenario.at())
    scenario.judge(run_and_audit(planned_sweep, ctx))

    def gather() -> int:
        started = scenario.target.start(planned_sweep.experiment(scenario.target), ctx.options)
        deadline = time.monotonic() + scenario.settings.budget
        while started.is_running and ended(started.status) < planned_sweep.runs and time.monotonic() < deadline:
            time.sleep(LOOK)
        return count_calls(sound_end, started)

    return repeated_count(gather)


def sound_end(started: StartedSweep) -> None:
    summary = started.wait()
    assert summary is not None, "nobody gave it a limit"
    summary.raise_for_error()


def ended(counts: Counts) -> int:
    return counts.skipped + counts.completed + counts.failed


def processor_time(scenario: Scenario, planned_sweep: PlannedSweep) -> float:
    """Microseconds of processor time a run."""
    ctx = scenario.at(f"timed-{planned_sweep.name}")
    began = time.process_time()
    sweep(scenario, planned_sweep, ctx)
    took = time.process_time() - began
    clear(scenario, planned_sweep, ctx)
    return took / planned_sweep.runs * 1e6
