"""Observation: the reports of a sweep while it runs agree with what happens.

Promise: events, status counts, progress and logs report each fact once, in order, for the right run, and nothing after
the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from pytest_optbench.drive.child_sweep import in_new_session
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import AuditResult, audit_after, run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.executors import in_processes
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import Violation, smallest
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, run_key, witnessing
from pytest_optbench.target import StoredRun
from pytest_optbench.workloads.observed import lines_of, observed

from .event_log import EventLog, check_events, check_log, check_status

UNDISTURBED = promise("observation.listeners-are-harmless")
REFUSAL = "this listener always raises"
PATIENCE = 600.0  # seconds; only a sweep that hangs takes as long
POLL = 0.002  # seconds between two queries of the status
SECONDS = 0.005  # that each run takes at least, so that the status is seen midway

every_load = pytest.mark.breaking_point("observation", light=12, medium=400, heavy=10_000, extreme=10**9)


def plan_sweep(runs: int, parts: str = "", seconds: float = 0.0) -> PlannedSweep:
    """Plan a sweep of which every third run fails."""
    cases = [{"index": index, "fail": index % 3 == 2, "parts": parts, "seconds": seconds} for index in range(runs)]
    return PlannedSweep("observed", observed, cases, failing=[case for case in cases if case["fail"]])


def report(scenario: Scenario, violations: Iterable[Violation]) -> None:
    for finding in smallest(violations):
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)


def stored_runs(planned_sweep: PlannedSweep, ctx: SweepContext, *, logs: bool = False) -> Sequence[StoredRun]:
    return ctx.target.read(ctx.options.store, planned_sweep.experiment(ctx.target), artifacts=False, logs=logs).runs


def run_with_listener(planned_sweep: PlannedSweep, ctx: SweepContext, **changed: Any) -> tuple[AuditResult, EventLog]:
    """Run and audit a sweep with a listener; returns the audit and the listener's log."""
    log = EventLog()
    audited = run_and_audit(planned_sweep, replace(ctx, options=replace(ctx.options, on_event=log, **changed)))
    log.close()
    return audited, log


@every_load
def test_events(load: Load, scenario: Scenario) -> None:
    """Each end of a run is reported once, a run that is not repeated as skipped, with threads and with processes."""
    for runs in scenario.sizes():
        for executor in ("thread", in_processes(scenario)):
            ctx = scenario.at(f"{runs}-{executor}", executor=executor, workers=3)
            planned_sweep = plan_sweep(runs, "artifact")
            audited, log = run_with_listener(planned_sweep, ctx)
            scenario.judge(audited)
            endings = {run.run_id: run.status for run in stored_runs(planned_sweep, ctx)}
            report(scenario, check_events(log, endings))
            audited, log = run_with_listener(planned_sweep, in_new_session(ctx))
            scenario.judge(audited)
            resumed_endings = {
                run_id: "skipped" if status == "success" else status for run_id, status in endings.items()
            }
            report(scenario, check_events(log, resumed_endings))


@every_load
def test_raising_listener(load: Load, scenario: Scenario) -> None:
    """A listener that raises does not affect the sweep."""
    for runs in scenario.sizes():
        ctx = scenario.at(str(runs), workers=3)
        planned_sweep = plan_sweep(runs)
        with witnessing(ctx.witness, ctx.session):
            summary = scenario.target.attempt(
                planned_sweep.experiment(scenario.target), replace(ctx.options, on_event=refuse, timeout=PATIENCE)
            )
        if summary.error is not None:
            scenario.breaks(UNDISTURBED, f"The listener raised {REFUSAL!r}, and so did the sweep: {summary.error}.")
        scenario.judge(replace(audit_after(planned_sweep, ctx), seconds=summary.seconds))


def refuse(event: Any) -> None:
    raise RuntimeError(REFUSAL)


@every_load
def test_status(load: Load, scenario: Scenario) -> None:
    """The counts rise to the final ones, and a resumed sweep counts the skipped runs."""
    scenario.target.require("status")
    for runs in scenario.sizes():
        ctx = scenario.at(str(runs), workers=3)
        planned_sweep = plan_sweep(runs, seconds=SECONDS)
        failing = len(planned_sweep.failing)
        report(
            scenario,
            check_status(poll_status(scenario, planned_sweep, ctx), runs, final_counts(runs - failing, failing, 0)),
        )
        resumed = poll_status(scenario, planned_sweep, in_new_session(ctx))
        report(scenario, check_status(resumed, runs, final_counts(0, failing, runs - failing)))


def final_counts(completed: int, failed: int, skipped: int) -> dict[str, int]:
    return {"completed": completed, "failed": failed, "skipped": skipped}


def poll_status(scenario: Scenario, planned_sweep: PlannedSweep, ctx: SweepContext) -> list[Any]:
    """Run a sweep and query its status until it ends; returns each status, the last one from the end."""
    seen = []
    with witnessing(ctx.witness, ctx.session):
        started = ctx.target.start(planned_sweep.experiment(ctx.target), ctx.options)
        while (summary := started.wait(POLL)) is None:
            seen.append(started.status)
        summary.raise_for_error()
        seen.append(started.status)
    executed = summary.completed + summary.failed
    scenario.ran(executed=executed, audited=len(stored_runs(planned_sweep, ctx)), seconds=summary.seconds)
    return seen


@every_load
def test_progress(load: Load, scenario: Scenario) -> None:
    """A progress display does not affect the sweep, and progress events count up to its end."""
    scenario.target.require("progress")
    for runs in scenario.sizes():
        ctx = scenario.at(str(runs), workers=3)
        planned_sweep = plan_sweep(runs)
        audited, log = run_with_listener(planned_sweep, ctx, progress=True)
        scenario.judge(audited)
        report(scenario, check_events(log, {run.run_id: run.status for run in stored_runs(planned_sweep, ctx)}))


@every_load
def test_logs(load: Load, scenario: Scenario) -> None:
    """Runs that log at the same time keep their own lines."""
    for runs in scenario.sizes():
        judge_logs(scenario, runs, "log", "")


@every_load
def test_library_logs(load: Load, scenario: Scenario) -> None:
    """The lines of a library's logger that a run subscribes to are in the log of that run."""
    for runs in scenario.sizes():
        judge_logs(scenario, runs, "library-log", "library ")


def judge_logs(scenario: Scenario, runs: int, parts: str, prefix: str) -> None:
    scenario.target.require("logs")
    ctx = scenario.at(str(runs), workers=4)
    planned_sweep = plan_sweep(runs, parts)
    scenario.judge(run_and_audit(planned_sweep, ctx))
    report(scenario, check_logs(planned_sweep, ctx, prefix))


def check_logs(planned_sweep: PlannedSweep, ctx: SweepContext, prefix: str) -> Iterator[Violation]:
    index_of = {run_key(case, 0, 0): int(case["index"]) for case in planned_sweep.cases}
    keys = set(index_of)
    for run in stored_runs(planned_sweep, ctx, logs=True):
        key = run.metrics.get(WITNESS_METRIC)
        if key in index_of:
            expected = lines_of(f"{prefix}{key}", 5 + index_of[key] % 3)
            yield from check_log(run.log, expected, keys - {key}, run.run_id)
