"""Operation inputs: what an operation is given is what the experiment says, in every run and every process.

Promise: random streams are equal for equal seeds and differ for different ones; the context arrives as it was given;
the scratch folder of a run is its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pytest_optbench.drive.child_sweep import drive_here, modules_of, task_of
from pytest_optbench.drive.planned_sweep import Trial
from pytest_optbench.drive.run_and_audit import audit_driven, drive_audited
from pytest_optbench.drive.sweep_context import Place
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import smallest
from pytest_optbench.stress.process.child import Bounds, start_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import key_of

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
        drawn: list[Draws] = []
        for base in BASES:
            trial = Trial("streams", streams, CASES, seeds=(base, replicates))
            place = scenario.at(f"{replicates}-{base}")
            scenario.judge(drive_audited(trial, place))
            drawn += draws_of(trial, place)
        judge_streams(scenario, drawn)
        compared = len({stream for stream, _ in drawn})
        scenario.limit(
            "streams", compared, "compared", [(replicates, compared, not scenario.broken)], stopped="ceiling"
        )


@every_load
def test_streams_elsewhere(load: Load, scenario: Scenario) -> None:
    """Worker processes and another process with another PYTHONHASHSEED draw the same streams."""
    scenario.target.require("process")
    for replicates in scenario.sizes("replicates"):
        trial = Trial("streams", streams, CASES, seeds=(7, replicates))
        here = scenario.at(f"{replicates}-here")
        scenario.judge(drive_audited(trial, here))
        workers = scenario.at(f"{replicates}-workers", executor="process", workers=2)
        scenario.judge(drive_audited(trial, workers))
        other = scenario.at(f"{replicates}-other")
        task = task_of(trial, other)
        bounds = Bounds(seconds=PATIENCE)
        with start_child(
            drive_here, task, bounds=bounds, needs=modules_of([task]), environment={"PYTHONHASHSEED": "17"}
        ) as child:
            child.wait().value_or_raise()
        scenario.judge(audit_driven(trial, other))
        judge_streams(scenario, [one for place in (here, workers, other) for one in draws_of(trial, place)])


@every_load
def test_context(load: Load, scenario: Scenario) -> None:
    """Every run receives the context that the experiment was given, in threads and in processes."""
    for replicates in scenario.sizes("replicates"):
        for executor in ("thread", "process"):
            for name, context in CONTEXTS.items():
                place = scenario.at(f"{replicates}-{executor}-{name}", executor=executor, workers=2)
                trial = Trial("context", given, CASES, seeds=(0, replicates), context=context)
                scenario.judge(drive_audited(trial, place))
                judge_context(scenario, f"{name} context, {executor} executor", context, place)


def judge_context(scenario: Scenario, label: str, context: Any, place: Place) -> None:
    received = [report[CONTEXT] for _, report in reports(place)]
    wrong = [text for text in received if text != context_text(context)]
    if wrong:
        scenario.breaks(RECEIVED, f"{label}: {context!r} was given, an operation received {wrong[0]}.", len(wrong) - 1)


@every_load
def test_scratch_folders(load: Load, scenario: Scenario) -> None:
    """No run finds what another left in a scratch folder, or shares one with it."""
    for replicates in scenario.sizes("replicates"):
        place = scenario.at(str(replicates), workers=4)
        trial = Trial("scratch", given, CASES, seeds=(0, 2 * replicates))
        scenario.judge(drive_audited(trial, place))
        taken: dict[str, str] = {}
        for key, report in reports(place):
            other = taken.setdefault(report[SCRATCH], key)
            if report[LEFT_THERE] or other != key:
                message = f"Run {key} found {report[LEFT_THERE]} in its folder, which run {other} has used."
                scenario.breaks(OWN_SCRATCH, message)
                break


def reports(place: Place) -> Iterator[tuple[str, Any]]:
    """What every execution that returned was given, by its key."""
    for execution in read(place.witness):
        if execution.outcome == "returned":
            yield execution.key, json.loads((execution.metrics or {})[REPORT])


def draws_of(trial: Trial, place: Place) -> Iterator[Draws]:
    """What every execution of a trial drew, stream by stream; each stream twice, as the operation did."""
    base, replicates = trial.seeds
    replicate_of = {key_of(case, base, number): number for case in trial.cases for number in range(replicates)}
    for key, report in reports(place):
        for name, ways in report:
            for way, draws in ways.items():
                yield Stream(base, replicate_of[key], name, way), tuple(draws)


def judge_streams(scenario: Scenario, drawn: Sequence[Draws]) -> None:
    for finding in smallest(compare_streams(drawn)):
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)
