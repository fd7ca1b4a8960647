"""Schedules of events between two sweeps of a store, and the audited sweep that completes it after them."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from pytest_optbench.drive.child_sweep import in_new_session, start_in_child
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.process.child import ResourceLimits

from .damage import DAMAGES
from .workload import scripted, write_script

CASES = 4
PATIENCE = ResourceLimits(seconds=60.0)


class Step(Enum):
    """An event between two sweeps of a store; a kill costs the start of a process."""

    RUN = "run the first"
    FAIL = "fail number"
    DELETE = "delete number"
    DAMAGE = "damage number"
    EXTEND = "replicate once more after"
    KILL = "kill in number"


class StoreSchedule:
    """Runner of schedules, each in a store of its own, that counts the executed runs."""

    def __init__(self, ctx: SweepContext, script: Path) -> None:
        self._ctx = ctx
        self._script = script
        self.executed = self.audited = 0
        self.seconds = 0.0

    def broken_by(self, schedule: Sequence[tuple[Step, int]]) -> str:
        """Take the steps, complete the store, and return the first break, "" if there is none."""
        folder = Path(self._ctx.options.store).parent / uuid.uuid4().hex[:8]
        options = replace(self._ctx.options, store=str(folder / "store"))
        ctx = replace(self._ctx, options=options, witness=folder / "witness.jsonl")
        cases = [{"n": n, "script": str(self._script)} for n in range(CASES)]
        planned_sweep = PlannedSweep("history", scripted, cases, artifacts=("value",))
        try:
            for step, number in schedule:
                planned_sweep, message = self._take(step, number, planned_sweep, ctx)
                if message:
                    return message
            return self._run_sweep(planned_sweep, ctx)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _take(
        self, step: Step, number: int, planned_sweep: PlannedSweep, ctx: SweepContext
    ) -> tuple[PlannedSweep, str]:
        """Take one step; returns the sweep as it is from then on, and what broke."""
        if step is Step.RUN:
            return planned_sweep, self._run_sweep(replace(planned_sweep, params=planned_sweep.cases[: number + 1]), ctx)
        if step is Step.FAIL:
            return planned_sweep, self._fail(number, planned_sweep, ctx)
        if step is Step.KILL:
            self._kill(number, planned_sweep, ctx)
            return planned_sweep, ""
        if step is Step.EXTEND:
            return replace(planned_sweep, seeds=(0, planned_sweep.seeds[1] + 1)), ""
        for run_id in self._stored_ids(planned_sweep, ctx)[number : number + 1]:
            self._delete_or_damage(step, run_id, planned_sweep, ctx)
        return planned_sweep, ""

    def _fail(self, number: int, planned_sweep: PlannedSweep, ctx: SweepContext) -> str:
        """Let a case fail, unless it has succeeded already."""
        stored = {run.params["n"] for run in self._runs(planned_sweep, ctx) if run.status == "success" and run.params}
        if number in stored or any(run.params is None for run in self._runs(planned_sweep, ctx)):
            return ""
        write_script(self._script, {number: "debug"})
        try:
            case = [planned_sweep.cases[number]]
            return self._run_sweep(replace(planned_sweep, params=case, failing=case, artifacts=()), ctx)
        finally:
            write_script(self._script, {})

    def _kill(self, number: int, planned_sweep: PlannedSweep, ctx: SweepContext) -> None:
        """Run the sweep in a child process, which one case kills if it executes."""
        write_script(self._script, {number: "kill"})
        try:
            with start_in_child(planned_sweep, in_new_session(ctx), bounds=PATIENCE) as child:
                child.wait()
        finally:
            write_script(self._script, {})

    def _delete_or_damage(self, step: Step, run_id: str, planned_sweep: PlannedSweep, ctx: SweepContext) -> None:
        target, store = ctx.target, ctx.options.store
        if step is Step.DELETE:
            target.delete_run(store, planned_sweep.experiment(target), run_id)
        elif (path := target.record_file(store, run_id)) is not None:
            DAMAGES["cut in half"](path, path)

    def _stored_ids(self, planned_sweep: PlannedSweep, ctx: SweepContext) -> list[str]:
        return sorted(run.run_id for run in self._runs(planned_sweep, ctx))

    def _runs(self, planned_sweep: PlannedSweep, ctx: SweepContext) -> list[Any]:
        return list(ctx.target.iter_runs(ctx.options.store, planned_sweep.experiment(ctx.target)))

    def _run_sweep(self, planned_sweep: PlannedSweep, ctx: SweepContext) -> str:
        audited = run_and_audit(planned_sweep, in_new_session(ctx))
        self.executed += audited.executed
        self.audited += audited.audited
        self.seconds += audited.seconds
        return str(audited.findings[0]) if audited.findings else ""
