"""A history of one store: steps between two sweeps, what has to be true after each of them, and how it ends.

A success of an uninterrupted sweep is the model of each run: whatever happened, a stored success is equal to it.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_optbench.drive.child_sweep import in_new_session, operation_modules, run_task, task_of
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import AuditResult, run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.audit.store_diff import differences
from pytest_optbench.stress.faults.corruption import CORRUPTIONS
from pytest_optbench.stress.faults.fault import Fault
from pytest_optbench.stress.faults.injection import injected
from pytest_optbench.stress.process.child import ChildResult, ResourceLimits, run_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target import RunOptions, StoredRun, StoreSnapshot, load_target
from pytest_optbench.target.dialect import ExecutorKind

from .eventful import eventful
from .steps import CASES, FAULTS, fault_at
from .workload import write_script

PATIENCE = ResourceLimits(seconds=45.0)  # only a sweep that hangs takes as long
ARTIFACTS = ("value", "again")


class Broken(Exception):  # noqa: N818 - what is broken is the target, not this program
    """Something that had to be true after a step is not."""


class Hangs(Broken):
    """A sweep did not end."""


class Uninterrupted:
    """The stored successes of a sweep that nothing happened to, by key; a larger one is run when it is needed."""

    def __init__(self, ctx: SweepContext) -> None:
        self._ctx = ctx
        self._runs: dict[str, StoredRun] = {}

    def of(self, sweep: PlannedSweep) -> Mapping[str, StoredRun]:
        """Return them for all runs of a sweep.

        Raises:
            Broken: the sweep has no whole success for one of its runs.
        """
        missing = {run.key for run in sweep.plan()} - self._runs.keys()
        if missing:
            audited = run_and_audit(sweep, in_new_session(self._ctx))
            _refuse(audited)
            self._runs = successes(self._ctx, sweep)
        return self._runs


class History:
    """One store and what happens to it; every step is a method, and raises `Broken`.

    `executed`, `audited` and `seconds` are those of the sweeps in this process.
    """

    def __init__(self, ctx: SweepContext, script: Path, model: Uninterrupted) -> None:
        self._ctx = ctx
        self._script = script
        self._model = model
        self._sweep = sweep_of(script)
        self.executed = self.audited = 0
        self.seconds = 0.0

    def take(self, name: str, number: int = 0) -> None:
        """Take a step, and check what has to be true after any: one of `steps.FAULTS`, or a method of this class."""
        if name in FAULTS:
            self._fault(fault_at(name, number, workers=self._ctx.options.executor == "process"))
        else:
            getattr(self, name)(number)

    def run(self, number: int = 0) -> None:
        """Run the first cases, up to this one."""
        self._run(replace(self._sweep, params=self._sweep.cases[: number + 1]))

    def resume(self, number: int = 0) -> None:  # noqa: ARG002 - steps are alike
        """Run all cases."""
        self._run(self._sweep)

    def fail(self, number: int = 0) -> None:
        """Let a case fail in its first replicate alone, unless it has succeeded already."""
        case = [self._sweep.cases[number]]
        alone = replace(self._sweep, params=case, seeds=(0, 1), failing=case, artifacts=())
        if {run.key for run in alone.plan()} & self._stored().keys():
            return
        write_script(self._script, {number: "debug"})
        try:
            self._run(alone)
        finally:
            write_script(self._script, {})

    def delete(self, number: int = 0) -> None:
        """Delete a stored run, by the target's own method."""
        for run in self._listed()[number : number + 1]:
            self._ctx.target.delete_run(self._ctx.options.store, self._experiment, run.run_id)

    def damage(self, number: int = 0) -> None:
        """Cut the record of a stored run in half, if records are files; reading the store has to report it."""
        for run in self._listed()[number : number + 1]:
            path = self._ctx.target.record_file(self._ctx.options.store, run.run_id)
            if path is None:
                continue
            CORRUPTIONS["cut in half"](path, path)
            snapshot = self._ctx.target.read(self._ctx.options.store, self._experiment)
            if not snapshot.problems and not any(other.problems for other in snapshot.runs):
                raise Broken(f"the record of run {run.run_id} was cut in half, and reading the store reports nothing")

    def add_case(self, number: int = 0) -> None:  # noqa: ARG002 - as above
        """Plan one more case from now on."""
        more = {**self._sweep.cases[0], "n": len(self._sweep.cases)}
        self._sweep = replace(self._sweep, params=[*self._sweep.cases, more])

    def add_replicate(self, number: int = 0) -> None:  # noqa: ARG002 - as above
        """Plan one more replicate of each case from now on."""
        base, replicates = self._sweep.seeds
        self._sweep = replace(self._sweep, seeds=(base, replicates + 1))

    def other_executor(self, number: int = 0) -> None:  # noqa: ARG002 - as above
        """Execute in processes from now on, or in threads again."""
        kind: ExecutorKind = "thread" if self._ctx.options.executor == "process" else "process"
        self._ctx = replace(self._ctx, options=replace(self._ctx.options, executor=kind))

    def complete(self) -> None:
        """Run all that is missing, and compare the store with that of an uninterrupted sweep."""
        stored = self._run(self._sweep)
        missing = [run for run in self._sweep.plan() if run.key not in stored]
        if missing:
            raise Broken(
                f"after the last sweep {len(missing)} runs are not stored, such as that of {missing[0].params}"
            )
        if "check" in self._ctx.target.features:
            for problem in self._ctx.target.check(self._ctx.options.store, self._experiment):
                raise Broken(f"after the last sweep the target's check finds {problem}")

    @property
    def folder(self) -> Path:
        """The folder of its store and its witness."""
        return self._ctx.witness.parent

    @property
    def _experiment(self) -> Any:
        return self._sweep.experiment(self._ctx.target)

    def _run(self, sweep: PlannedSweep) -> Mapping[str, StoredRun]:
        """Run a sweep in this process to its end, and return the stored successes by key."""
        before = self._stored()
        ctx = in_new_session(self._ctx)
        audited = run_and_audit(sweep, ctx)
        self.executed += audited.executed
        self.audited += audited.audited
        self.seconds += audited.seconds
        _refuse(audited)
        return self._check(ctx, before)

    def _fault(self, fault: Fault) -> None:
        """Run the sweep in a child to which something happens."""
        before = self._stored()
        ctx = in_new_session(self._ctx)
        task = task_of(self._sweep, ctx)
        control = ctx.witness.parent / f"control-{ctx.session}"
        arguments = (task, fault.data(), ctx.options.store, str(control))
        ended = run_child(run_with_fault, *arguments, bounds=PATIENCE, needs=operation_modules([task]))
        if ended.timed_out:
            raise Hangs(f"the sweep did not end within {ended.wall:.0f} s after {fault}")
        self._check(ctx, before, ended)

    def _check(
        self, ctx: SweepContext, before: Mapping[str, StoredRun], ended: ChildResult | None = None
    ) -> Mapping[str, StoredRun]:
        """Check what has to be true after any sweep, and return the stored successes by key."""
        after = self._stored()
        if lost := before.keys() - after.keys():
            raise Broken(f"run {before[min(lost)].run_id} was stored as a success, and is none any more")
        executed = {execution.key for execution in read(ctx.witness) if execution.session == ctx.session}
        if again := executed & before.keys():
            raise Broken(f"run {before[min(again)].run_id} was stored as a success, and executed again")
        summary = ended.value if ended is not None and ended.value else None
        if summary is not None and summary["error"] is None and not summary["timed_out"]:
            reported, stored = summary["completed"] + summary["skipped"], len(after)
            if reported > stored:
                raise Broken(f"the sweep reported {reported} successes without an error, and {stored} are stored")
        return after

    def _stored(self) -> Mapping[str, StoredRun]:
        """Return the stored successes by key.

        Raises:
            Broken: one of them is not that of an uninterrupted sweep.
        """
        stored = successes(self._ctx, self._sweep)
        model = self._model.of(self._sweep)
        expected = StoreSnapshot(tuple(model[key] for key in stored if key in model))
        for difference in differences(StoreSnapshot(tuple(stored.values())), expected):
            raise Broken(f"a success is not that of an uninterrupted sweep: {difference}")
        for run in stored.values():
            for problem in run.problems:
                raise Broken(f"a part of run {run.run_id}, a success, cannot be read: {problem}")
        return stored

    def _listed(self) -> list[StoredRun]:
        runs = self._ctx.target.iter_runs(self._ctx.options.store, self._experiment)
        return sorted(runs, key=lambda run: run.run_id)


def sweep_of(script: Path) -> PlannedSweep:
    """Return the sweep that a history begins with."""
    cases = [{"n": n, "script": str(script)} for n in range(CASES)]
    return PlannedSweep("history", eventful, cases, artifacts=ARTIFACTS)


def successes(ctx: SweepContext, sweep: PlannedSweep) -> dict[str, StoredRun]:
    """Return the stored successes by key."""
    runs = ctx.target.iter_runs(ctx.options.store, sweep.experiment(ctx.target))
    return {str(run.metrics.get(WITNESS_METRIC, run.run_id)): run for run in runs if run.status == "success"}


def run_with_fault(task: Mapping[str, Any], fault: Mapping[str, Any], store: str, control: str) -> dict[str, Any]:
    """Run the sweep of a task while a fault happens below its store; in a child."""
    Path(store).mkdir(parents=True, exist_ok=True)
    with injected(Fault.of(fault), store, control):
        return run_task(task)


def _refuse(audited: AuditResult) -> None:
    for finding in audited.findings:
        raise Broken(str(finding))


@contextmanager
def told() -> Iterator[History]:
    """Begin a history of the metalab that $OPTBENCH_METALAB names in a folder of its own, as a printed script does.

    Raises:
        Broken: something that had to be true after a step is not.
    """
    folder = Path(tempfile.mkdtemp(prefix="optbench-history-"))
    try:
        ctx = SweepContext(load_target(), RunOptions(str(folder / "store")), folder / "witness.jsonl", "told")
        yield history_in(ctx, folder / "script.json", Uninterrupted(context_below(ctx, folder / "uninterrupted")))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def history_in(ctx: SweepContext, script: Path, model: Uninterrupted) -> History:
    """Begin a history in a new folder next to the store of `ctx`."""
    return History(context_below(ctx, Path(ctx.options.store).parent / uuid.uuid4().hex[:8]), script, model)


def context_below(ctx: SweepContext, folder: Path) -> SweepContext:
    """Return the context of a store in another folder."""
    options = replace(ctx.options, store=str(folder / "store"))
    return replace(ctx, options=options, witness=folder / "witness.jsonl")
