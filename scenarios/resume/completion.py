"""Resume a sweep that was stopped, and judge whether it was completed."""

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
from pytest_optbench.stress.witness.log import read

from .cost import EXACTLY
from .damage import DAMAGES
from .stopping import Stop, stop_midway
from .store_diff import differences
from .workload import scripted

AS_ONE = promise("resume.like-uninterrupted")
KEPT = promise("resume.finished-is-kept")
REPORTED = promise("resume.damage-is-reported")
SOME = 3  # of so many records one is damaged


def scripted_sweep(runs: int, scenario: Scenario) -> PlannedSweep:
    script = str(scenario.folder / "script.json")
    cases = [{"n": n, "script": script} for n in range(runs)]
    return PlannedSweep("resume", scripted, cases, artifacts=("value",))


def damaged_of(size: int) -> int:
    """The runs of the store that each damage gets."""
    return max(SOME, size // len(DAMAGES))


def sweeps(scenario: Scenario, **options: Any) -> Iterator[tuple[PlannedSweep, SweepContext]]:
    """A sweep of each size of the load, in a store of its own."""
    for runs in scenario.sizes():
        yield scripted_sweep(runs, scenario), scenario.at(f"of-{runs}", **options)


def resume_and_judge(
    scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext, missing: int, **changed: Any
) -> AuditResult:
    """Start the sweep again, and see that what was missing executes, and nothing else."""
    audited = run_and_audit(planned_sweep, in_new_session(ctx, **changed))
    scenario.judge(audited)
    if audited.executed != missing:
        scenario.breaks(
            EXACTLY, f"Of {planned_sweep.runs} runs {missing} were missing, and {audited.executed} executed."
        )
    return audited


def successes(scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext) -> int:
    store = scenario.target.read(
        ctx.options.store, planned_sweep.experiment(scenario.target), artifacts=False, series=False
    )
    return sum(run.status == "success" for run in store.runs)


def resume_and_compare(scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext) -> None:
    """Resume a stopped sweep, and compare what is stored with a sweep that was never stopped."""
    before = successes(scenario, planned_sweep, ctx)
    ended = sum(one.outcome == "returned" for one in read(ctx.witness))
    if ended > before + ctx.options.workers:  # each worker may have been about to store one
        scenario.breaks(KEPT, f"{ended} runs had ended when the sweep was stopped, and {before} of them are stored.")
    scenario.measure("stopped_after_runs", before)
    resume_and_judge(scenario, planned_sweep, ctx, planned_sweep.runs - before)
    whole = scenario.at(f"uninterrupted-{planned_sweep.runs}")
    scenario.judge(run_and_audit(planned_sweep, whole))
    experiment = planned_sweep.experiment(scenario.target)
    stores = (scenario.target.read(one.options.store, experiment) for one in (ctx, whole))
    found = list(differences(*stores))
    if found:
        scenario.breaks(AS_ONE, found[0], len(found) - 1)


def complete_after(scenario: Scenario, stop: Stop, timeout: float | None = None) -> None:
    """Stop a sweep of each size in its midst, and complete it."""
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
    """What is wrong after the records of some runs were damaged and the sweep started again."""
    planned_sweep, ctx = scripted_sweep(damaged_of(size), scenario), scenario.at(f"{name}-{size}")
    experiment = planned_sweep.experiment(scenario.target)
    scenario.judge(run_and_audit(planned_sweep, ctx))
    ids = sorted(run.run_id for run in scenario.target.iter_runs(ctx.options.store, experiment))
    files = [scenario.target.record_file(ctx.options.store, run_id) for run_id in ids]
    pairs = list(zip(files[::SOME], files[1::SOME], strict=False))
    for victim, other in pairs:
        if victim is None or other is None:
            scenario.not_applicable("this store keeps no record files")
        damage(victim, other)
    found = scenario.target.read(ctx.options.store, experiment)
    if not found.problems and not any(run.problems for run in found.runs):
        scenario.breaks(REPORTED, f"The record of run {ids[0]} was {name}, and reading the store does not tell.")
    audited = run_and_audit(planned_sweep, in_new_session(ctx))
    scenario.ran(executed=audited.executed, audited=audited.audited, seconds=audited.seconds)
    what = f"{len(pairs)} of {planned_sweep.runs} records, such as that of run {ids[0]}, were {name}: "
    told = [what + str(finding) for finding in audited.findings]
    if not told and audited.executed != len(pairs):
        told.append(f"{what}{audited.executed} runs executed when the sweep was started again")
    return told
