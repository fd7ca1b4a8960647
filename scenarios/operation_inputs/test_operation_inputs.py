"""Operation inputs: an operation receives what its experiment defines, in every run and every process.

Promise: random streams are equal for equal seeds and differ for different ones; the context arrives unchanged; no run
shares its scratch folder with another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pytest_optbench.drive.child_sweep import operation_modules, run_task, task_of
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import audit_after, run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.executors import in_processes
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import smallest
from pytest_optbench.stress.process.child import ResourceLimits, start_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import run_key

from .streams import Draws, Stream, compare_streams
from .workload import CONTEXT, CONTEXTS, LEFT_THERE, REPORT, SCRATCH, context_text, given, streams

RECEIVED = promise("operation-inputs.context-received")
OWN_SCRATCH = promise("operation-inputs.own-scratch-folder")
BASES = (0, 1, 2, 12_345, 2**31)
CASES = ({"x": 0}, {"x": 1})
PATIENCE = 300.0  # seconds until a child that drives a few hundred runs is given up

every_load = pytest.mark.breaking_point("operation-inputs", light=3, medium=100, heavy=5_000, extreme=10**9)


@every_load
def test_streams(load: Load, scenario: Scenario) -> None:
    """Replicates, base seeds and names have streams of their own; parameters change none of them."""
    for replicates in scenario.sizes("replicates"):
        all_draws: list[Draws] = []
        for base in BASES:
            planned_sweep = PlannedSweep("streams", streams, CASES, seeds=(base, replicates))
            ctx = scenario.at(f"{replicates}-{base}")
            scenario.judge(run_and_audit(planned_sweep, ctx))
            all_draws += draws_of(planned_sweep, ctx)
        judge_streams(scenario, all_draws)
        compared = len({stream for stream, _ in all_draws})
        scenario.limit(
            "random streams compared",
            compared,
            "streams",
            [(replicates, compared, not scenario.broken)],
            stopped="ceiling",
        )


@every_load
def test_streams_in_another_process(load: Load, scenario: Scenario) -> None:
    """Worker processes and another process with another PYTHONHASHSEED draw the same streams."""
    kind = in_processes(scenario)
    for replicates in scenario.sizes("replicates"):
        planned_sweep = PlannedSweep("streams", streams, CASES, seeds=(7, replicates))
        here = scenario.at(f"{replicates}-here")
        scenario.judge(run_and_audit(planned_sweep, here))
        workers = scenario.at(f"{replicates}-workers", executor=kind, workers=2)
        scenario.judge(run_and_audit(planned_sweep, workers))
        other = scenario.at(f"{replicates}-other")
        task = task_of(planned_sweep, other)
        bounds = ResourceLimits(seconds=PATIENCE)
        with start_child(
            run_task, task, bounds=bounds, needs=operation_modules([task]), environment={"PYTHONHASHSEED": "17"}
        ) as child:
            child.wait().value_or_raise()
        scenario.judge(audit_after(planned_sweep, other))
        contexts = (here, workers, other)
        judge_streams(scenario, [draws for ctx in contexts for draws in draws_of(planned_sweep, ctx)])


@every_load
def test_context(load: Load, scenario: Scenario) -> None:
    """Every run receives the context of its experiment, in threads and in processes."""
    for replicates in scenario.sizes("replicates"):
        for executor in ("thread", in_processes(scenario)):
            for name, context in CONTEXTS.items():
                ctx = scenario.at(f"{replicates}-{executor}-{name}", executor=executor, workers=2)
                planned_sweep = PlannedSweep("context", given, CASES, seeds=(0, replicates), context=context)
                scenario.judge(run_and_audit(planned_sweep, ctx))
                judge_context(scenario, f"{name} context, {executor} executor", context, ctx)


def judge_context(scenario: Scenario, label: str, context: Any, ctx: SweepContext) -> None:
    received = [report[CONTEXT] for _, report in reports(ctx)]
    altered = [text for text in received if text != context_text(context)]
    if altered:
        scenario.breaks(
            RECEIVED, f"{label}: {context!r} was given, an operation received {altered[0]}.", len(altered) - 1
        )


@every_load
def test_scratch_folders(load: Load, scenario: Scenario) -> None:
    """No run shares its scratch folder with another, or finds files of another in it."""
    for replicates in scenario.sizes("replicates"):
        ctx = scenario.at(str(replicates), workers=4)
        planned_sweep = PlannedSweep("scratch", given, CASES, seeds=(0, 2 * replicates))
        scenario.judge(run_and_audit(planned_sweep, ctx))
        owners: dict[str, str] = {}
        for key, report in reports(ctx):
            other = owners.setdefault(report[SCRATCH], key)
            if report[LEFT_THERE] or other != key:
                message = f"Run {key} found {report[LEFT_THERE]} in its folder, which run {other} has used."
                scenario.breaks(OWN_SCRATCH, message)
                break


def reports(ctx: SweepContext) -> Iterator[tuple[str, Any]]:
    """Yield the key and the report of every execution that returned."""
    for execution in read(ctx.witness):
        if execution.outcome == "returned":
            yield execution.key, json.loads((execution.metrics or {})[REPORT])


def draws_of(planned_sweep: PlannedSweep, ctx: SweepContext) -> Iterator[Draws]:
    """Yield the draws of every execution of a sweep, by stream; each stream twice, as the operation draws them."""
    base, replicates = planned_sweep.seeds
    replicate_of = {run_key(case, base, number): number for case in planned_sweep.cases for number in range(replicates)}
    for key, report in reports(ctx):
        for name, ways in report:
            for way, draws in ways.items():
                yield Stream(base, replicate_of[key], name, way), tuple(draws)


def judge_streams(scenario: Scenario, all_draws: Sequence[Draws]) -> None:
    for finding in smallest(compare_streams(all_draws)):
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)
