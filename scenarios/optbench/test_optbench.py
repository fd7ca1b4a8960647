"""The main workload: the optimizer benchmark as one audited sweep through metalab.

Promise: the planned, the executed and the stored runs are the same. Every planned run executes once, a run that is
stored already does not execute again, and each record, metric, series and artifact reads back as it was captured.
"""

from __future__ import annotations

import pytest

from pytest_optbench.benchmark.ecdf_chart import shares_solved
from pytest_optbench.benchmark.estimate import explain, explain_intensity
from pytest_optbench.benchmark.sweep import Sweep
from pytest_optbench.drive.run_and_audit import AuditResult, audit_store, run_and_audit
from pytest_optbench.plugin.collection import Load, Shard
from pytest_optbench.plugin.options import Settings
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.stress.process.barrier import arrive

from .random_order import run_random_parts


def sweep_of(load: Load, settings: Settings) -> Sweep:
    if load.intensity == "targeted" and settings.targeted:
        return Sweep.of_algorithm(*settings.targeted, settings.replicates)
    if load.intensity == "random":
        return Sweep.random(settings.trials, settings.replicates)
    return Sweep.of_intensity(load.intensity)


def explain_load(load: Load, settings: Settings) -> str:
    sweep = sweep_of(load, settings)
    return explain(sweep) if load.is_asked else explain_intensity(load.intensity)


@pytest.mark.breaking_point(
    "optbench",
    light=32,
    medium=1_152,
    heavy=20_000,
    extreme=26_372_000,
    asked=True,
    explain=explain_load,
)
def test_sweep(load: Load, shard: Shard, scenario: Scenario) -> None:
    whole = sweep_of(load, scenario.settings)
    assert load.is_asked or load.size == whole.runs, "the load table and the space disagree"
    part = whole.part(shard.index, shard.count)
    if load.intensity == "extreme":
        for audited in run_random_parts(part, scenario.sweep_context, scenario.budget):
            report(scenario, audited)
        scenario.limit("runs within the budget", scenario.executed, "runs", kind="time", stopped="budget")
        return
    report(scenario, run_and_audit(part, scenario.sweep_context))
    if shard.count == 1:
        chart(scenario, whole)
    elif arrive(scenario.session.folder, scenario.group, shard.index, shard.count):
        report(scenario, audit_store(whole, scenario.sweep_context))
        chart(scenario, whole)


def chart(scenario: Scenario, whole: Sweep) -> None:
    stored = scenario.target.read(scenario.store, whole.experiment(scenario.target), artifacts=False, data=False)
    lines = shares_solved(stored.runs)
    scenario.chart("ECDF of the optimizers", "evaluations / dimension", "targets reached", lines, log="x", steps=True)


def report(scenario: Scenario, audited: AuditResult) -> None:
    scenario.judge(audited)
    if scenario.executed:
        scenario.limit("rate of the sweep", scenario.executed / scenario.seconds, "runs/s", kind="time")
