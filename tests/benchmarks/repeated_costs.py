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
from pytest_optbench.plugin.scenario import Bench
from pytest_optbench.workloads.basic import noop

TIMES = int(os.environ.get("GATE_TRIALS", "20"))
BLOCKS = 5


def trial(number: int) -> Callable[..., None]:
    """One of the trials."""

    @pytest.mark.breaking_point(f"trial-{number:02}", light=20)
    def test(load: Load, bench: Bench) -> None:
        sweep = PlannedSweep("no-op", noop, [{"n": n} for n in range(load.size or 0)])
        bench.judge(run_and_audit(sweep, bench.at("audited")))
        experiment, costs = sweep.experiment(bench.target), []
        for block in bench.blocks(BLOCKS):
            drive = bench.at(f"block-{block}").drive
            began = time.perf_counter()
            bench.target.run(experiment, drive)
            costs.append(1e6 * (time.perf_counter() - began) / sweep.runs)
        bench.limit("cost", min(costs), "us a run", better="lower", kind="time", samples=costs)

    return test


for number in range(TIMES):
    globals()[f"test_{number:02}"] = trial(number)
