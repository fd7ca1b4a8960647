"""Report what writers of one store did, and check that a kill hit one that was executing a run."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from pytest_optbench.drive.child_sweep import in_new_session, start_in_child
from pytest_optbench.drive.kills import has_active_run, wait_for_execution
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import AuditResult, audit_after
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.process.child import ChildResult
from pytest_optbench.workloads.block_while import block_while

from .loads import PATIENCE

ENDS = promise("flock-concurrency.writers-finish")
SURVIVES = promise("flock-concurrency.survives-a-death")


def report(scenario: Scenario, what: str, audited: AuditResult) -> None:
    """Count the runs of an audit and report its findings; `what` says which load came before."""
    scenario.ran(executed=audited.executed, audited=audited.audited, seconds=audited.seconds)
    for finding in audited.findings:
        scenario.breaks(finding.violation.promise, f"{what}: {finding.violation.message}", finding.others)


def report_ends(scenario: Scenario, what: str, results: Sequence[ChildResult], promise: Promise = ENDS) -> None:
    """Report a violation if a writer did not finish, or its sweep raised."""
    errors = [result.describe() if result.value is None else result.value["error"] for result in results]
    messages = [f"writer {number} of {len(results)}: {text}" for number, text in enumerate(errors, start=1) if text]
    if messages:
        scenario.breaks(promise, f"{what}: {messages[0]}.", len(messages) - 1)


def kill_holder(scenario: Scenario, name: str) -> bool:
    """Kill a process while it executes a run that another waits for; False where the kill did not meet that."""
    folder, ctx = scenario.folder / name, scenario.at(name, executor="thread", workers=1)
    hold = folder / "hold"
    folder.mkdir()
    hold.touch()
    cases = [{"run": run, "hold": str(hold) if run == 0 else ""} for run in range(4)]
    planned_sweep, second = PlannedSweep("killed-holder", block_while, cases), in_new_session(ctx)
    what = f"A process was killed while it executed run 0 of {planned_sweep.runs}, and another went on with all of them"
    with start_in_child(planned_sweep, ctx) as holder:
        wait_for_execution(holder, ctx)
        with start_in_child(planned_sweep, second, bounds=PATIENCE, fresh=True) as other:
            waits = wait_for_execution(other, second)
            met = has_active_run(ctx) and holder.alive and waits
            holder.kill(group=True)
            ended = holder.wait()
            hold.unlink()
            report_ends(scenario, what, [other.wait()], SURVIVES)
    if ended.reported:
        report_ends(scenario, "A process executed a run that another waited for", [ended])
    report(scenario, what, audit_after(planned_sweep, ctx))
    return met and ended.signal == signal.SIGKILL
