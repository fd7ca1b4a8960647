"""The same question many times over: what a run costs that does nothing. `gate_trials.py` puts it to the gate.

Every trial is a breaking point of its own, so that a gate judges each by its own samples.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import run_and_audit
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.workloads.basic import noop

TIMES = int(os.environ.get("GATE_TRIALS", "20"))
BLOCKS = 5


def trial(number: int) -> Callable[..., None]:
    """One of the trials."""

    @pytest.mark.breaking_point(f"trial-{number:02}", light=20)
    def test(load: Load, scenario: Scenario) -> None:
        sweep = PlannedSweep("no-op", noop, [{"n": n} for n in range(load.size)])
        scenario.judge(run_and_audit(sweep, scenario.at("audited")))
        experiment, costs = sweep.experiment(scenario.target), []
        for block in scenario.blocks(BLOCKS):
            options = scenario.at(f"block-{block}").options
            began = time.perf_counter()
            scenario.target.run(experiment, options)
            costs.append(1e6 * (time.perf_counter() - began) / sweep.runs)
        scenario.limit("cost", min(costs), "us per run", better="lower", kind="time", samples=costs)

    return test


for number in range(TIMES):
    globals()[f"test_{number:02}"] = trial(number)
