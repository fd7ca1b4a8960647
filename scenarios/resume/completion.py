"""Resume sweeps that were stopped, and judge whether they are completed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pytest_optbench.drive.child_sweep import in_new_session
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import AuditResult, run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.store_diff import differences
from pytest_optbench.stress.witness.log import read

from .cost import EXACTLY
from .damage import DAMAGES
from .stopping import Stop, stop_midway
from .workload import scripted

AS_ONE = promise("resume.like-uninterrupted")
KEPT = promise("resume.finished-is-kept")
REPORTED = promise("resume.damage-is-reported")
DAMAGED_EVERY = 3  # one of so many records is damaged


def scripted_sweep(runs: int, scenario: Scenario) -> PlannedSweep:
    script = str(scenario.folder / "script.json")
    cases = [{"n": n, "script": script} for n in range(runs)]
    return PlannedSweep("resume", scripted, cases, artifacts=("value",))


def runs_per_damage(size: int) -> int:
    """The number of runs in the store of each kind of damage."""
    return max(DAMAGED_EVERY, size // len(DAMAGES))


def sweeps(scenario: Scenario, **options: Any) -> Iterator[tuple[PlannedSweep, SweepContext]]:
    """Yield a sweep of each size of the load, with a store of its own."""
    for runs in scenario.sizes():
        yield scripted_sweep(runs, scenario), scenario.at(f"of-{runs}", **options)


def resume_and_judge(
    scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext, missing: int, **changed: Any
) -> AuditResult:
    """Start the sweep again, and check that exactly the missing runs execute."""
    audited = run_and_audit(planned_sweep, in_new_session(ctx, **changed))
    scenario.judge(audited)
    if audited.executed != missing:
        scenario.breaks(
            EXACTLY, f"Of {planned_sweep.runs} runs {missing} were missing, and {audited.executed} executed."
        )
    return audited


def count_successes(scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext) -> int:
    store = scenario.target.read(
        ctx.options.store, planned_sweep.experiment(scenario.target), artifacts=False, series=False
    )
    return sum(run.status == "success" for run in store.runs)


def resume_and_compare(scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext) -> None:
    """Resume a stopped sweep, and compare its store with that of a sweep that was never stopped."""
    stored = count_successes(scenario, planned_sweep, ctx)
    returned = sum(execution.outcome == "returned" for execution in read(ctx.witness))
    if returned > stored + ctx.options.workers:  # each worker may have been about to store one
        scenario.breaks(KEPT, f"When the sweep was stopped, {returned} runs had ended, of which {stored} are stored.")
    scenario.measure("stopped_after_runs", stored)
    resume_and_judge(scenario, planned_sweep, ctx, planned_sweep.runs - stored)
    uninterrupted = scenario.at(f"uninterrupted-{planned_sweep.runs}")
    scenario.judge(run_and_audit(planned_sweep, uninterrupted))
    experiment = planned_sweep.experiment(scenario.target)
    stores = (scenario.target.read(context.options.store, experiment) for context in (ctx, uninterrupted))
    if fields := list(differences(*stores)):
        scenario.breaks(AS_ONE, fields[0], len(fields) - 1)


def complete_after(scenario: Scenario, stop: Stop, timeout: float | None = None) -> None:
    """Stop a sweep of each size midway, and complete it."""
    for runs in scenario.sizes():
        planned_sweep = scripted_sweep(runs, scenario)
        stopped = stop_midway(planned_sweep, scenario.at(f"stopped-{runs}"), stop, timeout)
        if stopped.promise:
            scenario.breaks(stopped.promise, stopped.message)
        if stopped.ctx is not None:
            resume_and_compare(scenario, planned_sweep, stopped.ctx)
        elif not stopped.promise:
            scenario.inconclusive(stopped.message)


def resume_damaged(scenario: Scenario, size: int, name: str, damage: Callable[[Path, Path], None]) -> list[str]:
    """Damage the records of some runs, start the sweep again, and return what went wrong."""
    planned_sweep, ctx = scripted_sweep(runs_per_damage(size), scenario), scenario.at(f"{name}-{size}")
    experiment = planned_sweep.experiment(scenario.target)
    scenario.judge(run_and_audit(planned_sweep, ctx))
    ids = sorted(run.run_id for run in scenario.target.iter_runs(ctx.options.store, experiment))
    files = [scenario.target.record_file(ctx.options.store, run_id) for run_id in ids]
    pairs = list(zip(files[::DAMAGED_EVERY], files[1::DAMAGED_EVERY], strict=False))
    for victim, other in pairs:
        if victim is None or other is None:
            scenario.not_applicable("this store keeps no record files")
        damage(victim, other)
    snapshot = scenario.target.read(ctx.options.store, experiment)
    if not snapshot.problems and not any(run.problems for run in snapshot.runs):
        scenario.breaks(REPORTED, f"The record of run {ids[0]} was {name}, and reading the store reports nothing.")
    audited = run_and_audit(planned_sweep, in_new_session(ctx))
    scenario.ran(executed=audited.executed, audited=audited.audited, seconds=audited.seconds)
    damaged = f"{len(pairs)} of {planned_sweep.runs} records, such as that of run {ids[0]}, were {name}: "
    messages = [damaged + str(finding) for finding in audited.findings]
    if not messages and audited.executed != len(pairs):
        messages.append(f"{damaged}{audited.executed} runs executed when the sweep was started again")
    return messages
