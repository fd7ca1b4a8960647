"""Resume: exactly the missing runs execute.

Promise: a sweep that was stopped, by any means, and is started again executes exactly the missing runs and leaves the
store of a sweep that was never stopped; a bad record never stops it; a success holds nothing of a failed attempt.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.drive.child_sweep import in_new_session, raise_target_error, start_in_child
from pytest_optbench.drive.explained import explained
from pytest_optbench.drive.kills import has_active_run
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.executors import in_processes
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.counts import repeated_count
from pytest_optbench.stress.measure.measure import count_calls
from pytest_optbench.stress.process.child import run_child
from pytest_optbench.workloads.basic import noop

from .code_changes import FIRST, UNCHANGED, executed_by_version
from .completion import (
    complete_after,
    count_successes,
    resume_and_judge,
    resume_damaged,
    runs_per_damage,
    scripted_sweep,
    sweeps,
)
from .cost import EXACTLY, report_cost, resume_finished, time_call
from .damage import DAMAGES
from .stopping import by_signal, by_timeout, patience
from .workload import write_script

SURVIVED = promise("resume.damage-costs-one-run")
CODE = promise("resume.changed-code")
ROUNDS = 5
DEATHS = ("kill", "exit-0", "exit-3", "SIGSEGV", "SIGABRT", "SIGTERM")

resume: Callable[..., pytest.MarkDecorator] = partial(pytest.mark.breaking_point, "resume")
every_load: Callable[..., pytest.MarkDecorator] = partial(resume, light=12, medium=120, heavy=2_000, extreme=1_000_000)


def load_of(times: int = 1, stores: int = 1) -> pytest.MarkDecorator:
    """A load of runs, each executed `times` times, in so many stores."""
    return every_load(explain=explained("scripted", lambda runs: times * runs, lambda _: stores))


@load_of()
def test_finished(load: Load, scenario: Scenario) -> None:
    """Runs that succeeded are skipped."""
    for planned_sweep, ctx in sweeps(scenario):
        scenario.judge(run_and_audit(planned_sweep, ctx))
        resume_and_judge(scenario, planned_sweep, ctx, 0)


@load_of()
def test_failed(load: Load, scenario: Scenario) -> None:
    """Failed runs execute again, and nothing that they captured remains in the success."""
    for planned_sweep, ctx in sweeps(scenario):
        failing = planned_sweep.cases[::3]
        script = Path(failing[0]["script"])
        write_script(script, {case["n"]: "debug" for case in failing})
        scenario.judge(run_and_audit(replace(planned_sweep, failing=failing, artifacts=()), ctx))
        write_script(script, {})
        resume_and_judge(scenario, planned_sweep, ctx, len(failing))


@load_of(2, stores=2)
def test_killed(load: Load, scenario: Scenario) -> None:
    """A sweep whose process was killed (SIGKILL) continues where it stopped."""
    complete_after(scenario, by_signal(signal.SIGKILL))


@load_of(2, stores=2)
def test_interrupted(load: Load, scenario: Scenario) -> None:
    """A sweep that got Ctrl-C (SIGINT) stops, keeps its finished runs, and continues where it stopped."""
    complete_after(scenario, by_signal(signal.SIGINT))


@load_of(2, stores=2)
def test_timed_out(load: Load, scenario: Scenario) -> None:
    """A sweep that ran into its timeout continues where it stopped."""
    scenario.target.require("cancel")
    complete_after(scenario, by_timeout, timeout=0.5)


@every_load(
    explain=explained(
        "scripted",
        lambda size: len(DAMAGES) * runs_per_damage(size),
        lambda _: len(DAMAGES),
        what="each kind of damage apart",
    ),
)
def test_damaged_records(load: Load, scenario: Scenario) -> None:
    """A damaged record is reported, and only its run executes again."""
    for size in scenario.sizes():
        problems = [resume_damaged(scenario, size, name, damage) for name, damage in DAMAGES.items()]
        survived = [not messages for messages in problems]
        curve = [(n, sum(survived[:n]), survives) for n, survives in enumerate(survived, start=1)]
        messages = [message for of_damage in problems for message in of_damage]
        stopped = "broke" if messages else "ceiling"
        failed = [name for name, survives in zip(DAMAGES, survived, strict=True) if not survives]
        scenario.limit(
            "kinds of damage survived", sum(survived), f"of {len(DAMAGES)}", curve, stopped=stopped, failed=failed
        )
        if messages:
            scenario.breaks(SURVIVED, messages[0], len(messages) - 1)


@load_of(len(DEATHS), stores=len(DEATHS))
def test_left_running(load: Load, scenario: Scenario) -> None:
    """A run whose record a dead process left as `running` counts as missing, in whatever way the process died."""
    for runs in scenario.sizes():
        planned_sweep = scripted_sweep(runs, scenario)
        for death in DEATHS:
            complete_after_death(scenario, planned_sweep, scenario.at(f"{death}-{runs}"), death)


def complete_after_death(scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext, death: str) -> None:
    """Let the run in the middle end the process of its sweep, and complete the sweep."""
    script = Path(planned_sweep.cases[0]["script"])
    write_script(script, {planned_sweep.runs // 2: death})
    with start_in_child(planned_sweep, ctx, bounds=patience(planned_sweep.runs)) as child:
        result = child.wait()
    raise_target_error(result)
    write_script(script, {})
    if not has_active_run(ctx):
        scenario.inconclusive(
            f"no process died of {death} while it executed a run, {result.describe()}: repeat with another target"
        )
    missing = planned_sweep.runs - count_successes(scenario, planned_sweep, ctx)
    resume_and_judge(scenario, planned_sweep, ctx, missing)


@load_of(3)
def test_more_replicates(load: Load, scenario: Scenario) -> None:
    """More replicates are more runs; the stored ones are kept."""
    for planned_sweep, ctx in sweeps(scenario):
        scenario.judge(run_and_audit(planned_sweep, ctx))
        resume_and_judge(scenario, replace(planned_sweep, seeds=(0, 3)), ctx, 2 * planned_sweep.runs)


@load_of()
def test_other_executor(load: Load, scenario: Scenario) -> None:
    """Processes skip the runs that threads have finished."""
    kind = in_processes(scenario)
    for planned_sweep, ctx in sweeps(scenario):
        half = replace(planned_sweep, params=planned_sweep.cases[::2])
        scenario.judge(run_and_audit(half, ctx))
        resume_and_judge(scenario, planned_sweep, ctx, planned_sweep.runs - half.runs, executor=kind, workers=2)


@pytest.mark.breaking_point(
    "resume", light=5, medium=50, heavy=500, extreme=20_000, explain=explained(runs=lambda size: size + 1)
)
def test_changed_code(load: Load, scenario: Scenario) -> None:
    """A change of the operation's body, its defaults, or anything it calls or closes over makes another run."""
    for size in scenario.sizes():
        folder = scenario.folder / f"of-{size}"
        result = run_child(executed_by_version, str(folder), size, bounds=patience(size, 1 + size / 500))
        executed: Mapping[str, int] = result.value_or_raise()
        scenario.ran(executed=sum(executed.values()), audited=len(executed), seconds=result.wall)
        report_changes(scenario, executed, [name for name in executed if name not in (FIRST, UNCHANGED)])


def report_changes(scenario: Scenario, executed: Mapping[str, int], changes: Sequence[str]) -> None:
    unnoticed = [name for name in changes if executed[name] == 0]
    curve = [(n, n, name not in unnoticed) for n, name in enumerate(changes, start=1)]
    stopped = "broke" if unnoticed else "ceiling"
    noticed = len(changes) - len(unnoticed)
    scenario.limit("code changes noticed", noticed, f"of {len(changes)}", curve, stopped=stopped, failed=unnoticed)
    if not executed[FIRST]:
        scenario.breaks(EXACTLY, "An operation that had never run was started, and nothing executed.")
    elif unnoticed:
        message = f"An operation ran; after a change of {unnoticed[0]} its sweep was started again and nothing executed"
        scenario.breaks(CODE, f"{message}: its old result stands for the new code.", len(unnoticed) - 1)
    if executed[UNCHANGED]:
        scenario.breaks(EXACTLY, "The code had not changed, and its run executed again.")


@resume(light=640, medium=3_200, heavy=32_000, extreme=3_200_000, explain=explained())
def test_cost(load: Load, scenario: Scenario) -> None:
    """The function calls of resuming grow with the finished runs, with an exponent of at most 1.2."""
    for largest in scenario.sizes():
        ctx = scenario.at(f"of-{largest}")
        sizes = [largest // part for part in (16, 8, 4, 2, 1)]
        calls, seconds = [], []
        for size in sizes:
            planned_sweep = PlannedSweep("cost", noop, [{"n": n} for n in range(size)])
            scenario.judge(run_and_audit(planned_sweep, in_new_session(ctx)))
            start_again = partial(resume_finished, scenario, planned_sweep, ctx)
            blocks = scenario.blocks(ROUNDS) if size == sizes[-1] else range(ROUNDS)
            with scenario.quiet():
                seconds.append([time_call(start_again) for _ in blocks])
            calls.append(repeated_count(partial(count_calls, start_again)))
        report_cost(scenario, sizes, calls, seconds)


@pytest.mark.breaking_point(
    "resume", light=12, medium=120, heavy=2_000, extreme=1_000_000, measured=True, explain=explained()
)
def test_speed_of_resuming(load: Load, scenario: Scenario, benchmark: Any) -> None:
    """The speed of starting a finished sweep again, for pytest-benchmark."""
    ctx = scenario.at()
    for size in scenario.sizes():
        planned_sweep = PlannedSweep("speed", noop, [{"n": n} for n in range(size)])
        scenario.judge(run_and_audit(planned_sweep, in_new_session(ctx)))
    with scenario.quiet():
        benchmark.pedantic(resume_finished, (scenario, planned_sweep, ctx), rounds=5, iterations=1)
