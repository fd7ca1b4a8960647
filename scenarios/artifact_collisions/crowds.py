"""Let many threads or processes write artifacts at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import AuditResult, audit_store, run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.drive.writers import deal, start_writers, wait_for_all
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.process.child import ResourceLimits
from pytest_optbench.target.log_capture import capture_logs
from pytest_optbench.workloads.payload import PAYLOAD, payload

SWEEP = promise("artifact-collisions.sweep-survives")
QUIET = promise("artifact-collisions.no-warnings")
WRITERS = (1, 2, 4, 8)


def write_in_processes(scenario: Scenario, load: Load, size: int) -> None:
    """Deal the runs of the payload to processes that write into one store, and audit the store."""
    planned_sweep, ctx = payloads(size), scenario.at(f"runs-{size}")
    with scenario.quiet():
        summaries, errors = write_concurrently(
            load, deal(planned_sweep, WRITERS[-1]), ctx, scenario.folder / f"gate-{size}"
        )
    seconds = max((summary["seconds"] for summary in summaries), default=0.0)
    messages = [message for summary in summaries for message in summary["messages"]]
    errors += [summary["error"] for summary in summaries if summary["error"]]
    if errors:
        scenario.breaks(SWEEP, f"One of {WRITERS[-1]} concurrent writers: {errors[0]}.", len(errors) - 1)
    audited = replace(audit_store(planned_sweep, ctx), executed=planned_sweep.runs, seconds=seconds)
    report_audit(scenario, audited, messages, f"{WRITERS[-1]} processes")
    rate = len(PAYLOAD) * planned_sweep.runs / seconds if seconds else 0.0
    held = not (errors or messages or audited.findings)
    scenario.limit(
        f"writing with {WRITERS[-1]} processes", rate, "artifacts/s", [(WRITERS[-1], rate, held)], kind="time"
    )


def write_concurrently(
    load: Load, parts: Sequence[PlannedSweep], ctx: SweepContext, gate: Path
) -> tuple[list[dict[str, Any]], list[str]]:
    """Run each part in a process of its own, all at the same time; return their summaries, and how others died.

    At light only one of them is a new interpreter, because these start slowly; at higher loads each is.
    """
    bounds = ResourceLimits(seconds=600 + load.size)
    with start_writers(parts, ctx, gate, bounds, all_fresh=load.intensity != "light") as crowd:
        ended = wait_for_all(crowd)
    return [end.value for end in ended if end.value], [end.describe() for end in ended if not end.value]


def payloads(size: int) -> PlannedSweep:
    return PlannedSweep("writers", payload, [{"points": 50, "run": run} for run in range(size)], artifacts=PAYLOAD)


def write_in_threads(scenario: Scenario, size: int, writers: int) -> tuple[int, float, bool]:
    """Run the payload in a new store; return the writers, the artifacts a second, and whether nothing broke."""
    with capture_logs(scenario.target.module) as logs:
        ctx = scenario.at(f"threads-{writers}-{size}", executor="thread", workers=writers)
        audited = run_and_audit(payloads(size), ctx)
    report_audit(scenario, audited, logs.messages(), f"{writers} threads")
    return writers, len(PAYLOAD) * audited.executed / audited.seconds, not audited.findings and not logs.messages()


def report_audit(scenario: Scenario, audited: AuditResult, messages: Sequence[str], writers: str) -> None:
    """Report the result of an audit, and the warnings that writers with the same names got."""
    scenario.judge(audited)
    if messages:
        message = f"{writers}, {audited.executed} runs, each with {', '.join(PAYLOAD)}: {messages[0]}"
        scenario.breaks(QUIET, message, len(messages) - 1)
