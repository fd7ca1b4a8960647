"""Sweeps in which something goes wrong, driven in child processes and judged: what became of every run around it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pytest_optbench.promises import promise
from pytest_optbench.stress.audit import promises
from pytest_optbench.stress.audit.audit import audit
from pytest_optbench.stress.audit.promises import Violation
from pytest_optbench.stress.audit.reconcile import FAILED, SUCCESS, PlannedRun
from pytest_optbench.stress.process.child import ChildResult, ResourceLimits, run_child
from pytest_optbench.stress.witness.log import Execution, read
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, witnessing
from pytest_optbench.target import StoredRun, StoreSnapshot, Summary

from .child_sweep import NAP, modules_of, run_task, task_of, unpack_task
from .faults import fault, fault_named
from .planned_sweep import PlannedSweep
from .run_and_audit import SWEEP_ENDS, AuditResult
from .sweep_context import SweepContext

ENDS = promise("audit.sweep-ends")
TOLD = promise("failure-injection.error-is-recorded")
REPORTED = promise("failure-injection.no-false-success")
SETTLED = (promises.STATUS, promises.AS_PLANNED)  # what a fault that may end either way leaves open
SUMMARY = "summary.json"


@dataclass(frozen=True)
class FaultSweep:
    """A trial in which faults happen, and where it is driven."""

    planned_sweep: PlannedSweep
    ctx: SweepContext

    @property
    def report(self) -> Path:
        """Where the child that drives it writes its summary."""
        return self.ctx.witness.with_name(SUMMARY)


@dataclass(frozen=True)
class ChildSweepResult:
    """How a staged sweep went: its `summary`, or, where the process that ran it did not survive, its `story`.

    `hung` says that it was ended because its time was over.
    """

    summary: Summary | None
    story: str = ""
    hung: bool = False


def fault_sweep(ctx: SweepContext, names: Sequence[str], healthy: int) -> FaultSweep:
    """One sweep in which the faults of these names happen, each between `healthy` runs in which nothing does."""
    acts = [name for fault_name in names for name in (*[""] * healthy, fault_name)] + [""] * healthy
    cases = [{"n": n, "fault": act} for n, act in enumerate(acts)]
    failing = [case for case in cases if case["fault"] and fault_named(str(case["fault"])).ends != "either"]
    return FaultSweep(PlannedSweep("faults", fault, cases, artifacts=("before",), failing=failing), ctx)


def drive_all(stages: Sequence[FaultSweep], seconds: float, **limits: int | None) -> Iterator[ChildSweepResult]:
    """Drive sweeps in order in a child process; after one that takes it down, the others go on in a new child.

    `seconds` is the time limit of a sweep that has a child to itself, `limits` are fields of its `ResourceLimits`.
    """
    left = list(stages)
    while left:
        tasks = [_task(stage) for stage in left]
        ended = run_child(drive_queue, tasks, bounds=ResourceLimits(seconds, **limits), needs=modules_of(tasks))
        done = [stage for stage in left if stage.report.exists()]
        for stage in done:
            yield ChildSweepResult(Summary(**json.loads(stage.report.read_bytes())))
        left = left[len(done) :]
        if left and not done:  # it was alone with the child, so that nobody else can be to blame
            yield ChildSweepResult(None, story(ended), hung=ended.timed_out)
            left = left[1:]
        elif left:
            _clear(left[0])


def drive_queue(tasks: Sequence[Mapping[str, Any]]) -> None:
    """What the child does: drive one sweep after the other, and write the summary of each."""
    for task in tasks:
        report = Path(task["report"])
        partial = report.with_suffix(".partial")
        partial.write_text(json.dumps(run_task(task)), encoding="utf-8")
        partial.replace(report)


def drive_until(stage: FaultSweep, name: str, seconds: float) -> ChildSweepResult:
    """Drive a sweep in a child process that cancels it once the first run with the fault `name` is under way."""
    key = next(run.key for run in stage.planned_sweep.plan() if (run.params or {}).get("fault") == name)
    task = _task(stage)
    ended = run_child(cancel_here, task, key, bounds=ResourceLimits(seconds), needs=modules_of([task]))
    return ChildSweepResult(Summary(**ended.value)) if ended.value is not None else ChildSweepResult(None, story(ended))


def cancel_here(task: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What the child does: start the sweep, wait for the run to begin, cancel, and tell how far the sweep came."""
    planned_sweep, target, options = unpack_task(task)
    with witnessing(task["witness"], task["session"]) as witness:
        started = target.start(planned_sweep.experiment(target), options)
        while started.lives and all(one.key != key for one in read(witness)):
            time.sleep(NAP)
        return asdict(started.give_up())


def judged(stage: FaultSweep, driven: ChildSweepResult, *, complete: bool = True) -> AuditResult:
    """Audit a staged sweep; with `complete` False it was stopped, and runs may be missing."""
    experiment = stage.planned_sweep.experiment(stage.ctx.target)
    store = stage.ctx.target.read(stage.ctx.options.store, experiment)
    executions = [replace(execution, series=None) for execution in read(stage.ctx.witness)]
    found = [*_ending(driven), *audited_open(stage, executions, store, complete), *reported(driven, store)]
    found += _errors(stage, store)
    seconds = driven.summary.seconds if driven.summary is not None else 0.0
    return AuditResult(len(executions), len(store.runs), seconds, tuple(found))


def _task(stage: FaultSweep) -> dict[str, Any]:
    stage.report.parent.mkdir(parents=True, exist_ok=True)
    return {**task_of(stage.planned_sweep, stage.ctx), "report": str(stage.report)}


def _clear(stage: FaultSweep) -> None:
    """Undo what a sweep did that was under way when its child ended: it begins again."""
    shutil.rmtree(stage.ctx.options.store, ignore_errors=True)
    stage.ctx.witness.unlink(missing_ok=True)


def story(ended: ChildResult) -> str:
    """How a child ended, in one line, with the last of what it said."""
    lines = (ended.traceback or ended.output).strip().splitlines()
    return f"{ended.story()}; its last line: {lines[-1]}" if lines else ended.story()


def _ending(driven: ChildSweepResult) -> Iterator[Violation]:
    if driven.summary is None:
        yield Violation(ENDS, f"The process that ran the sweep: {driven.story}.")
    elif driven.summary.traceback is not None:  # that it was stopped is no error of its
        yield Violation(SWEEP_ENDS, f"It raised {driven.summary.error}.")


def audited_open(
    stage: FaultSweep, executions: Sequence[Execution], store: StoreSnapshot, complete: bool
) -> Iterator[Violation]:
    """What an audit finds, but for how a fault ends that may end either way."""
    status = {str(run.metrics.get(WITNESS_METRIC)): run.status for run in store.runs}
    either = {run.key for run in stage.planned_sweep.plan() if ends_either(run)}
    plan = [
        _as_it_ended(run, status.get(run.key, FAILED)) if run.key in either else run
        for run in stage.planned_sweep.plan()
    ]
    for violation in audit(plan, executions, store, complete=complete):
        if not (violation.key in either and violation.promise in SETTLED):
            yield violation


def ends_either(run: PlannedRun) -> bool:
    """Whether a planned run may end as a success or as failed."""
    name = (run.params or {}).get("fault")
    return bool(name) and fault_named(str(name)).ends == "either"


def _as_it_ended(run: PlannedRun, status: str) -> PlannedRun:
    return replace(run, status="failed") if status == FAILED else run


def reported(driven: ChildSweepResult, store: StoreSnapshot) -> Iterator[Violation]:
    """What a sweep counts as done and the store does not hold."""
    if driven.summary is None:
        return
    reported = driven.summary.completed + driven.summary.skipped
    held = sum(run.status == SUCCESS for run in store.runs)
    if reported > held:
        message = f"The sweep reports {reported} successes, and the store holds {held}."
        yield Violation(REPORTED, message, expected=f"{reported}", found=f"{held}")


def _errors(stage: FaultSweep, store: StoreSnapshot) -> Iterator[Violation]:
    """What is missing in the error of a failed run; one that came without its key is known by its params."""
    plan = list(stage.planned_sweep.plan())
    cases = {run.key: run for run in plan}
    for run in store.runs:
        key = str(run.metrics.get(WITNESS_METRIC))
        case = cases.get(key) or next((case for case in plan if case.params == run.params), None)
        name = str((case.params or {}).get("fault", "")) if case is not None else ""
        if case is not None and name and run.status == FAILED:
            text = told(run.error)
            missing = [says for says in fault_named(name).says if says not in text]
            if missing or not text.strip():
                expected = missing[0] if missing else "an error"
                message = f"Run {run.run_id} ({name}) failed, and its error does not tell {expected!r}: {text[:200]!r}."
                yield Violation(TOLD, message, case.key, run.run_id, "error", expected, text[:200])


def by_fault(stage: FaultSweep, found: AuditResult) -> Mapping[str, AuditResult] | None:
    """What each fault of a sweep broke, itself or around it; None where that cannot be told from the one sweep."""
    names: dict[str, str] = {}
    last = next(str(case["fault"]) for case in stage.planned_sweep.cases if case["fault"])
    for run in stage.planned_sweep.plan():
        last = str((run.params or {})["fault"]) or last
        names[run.key] = last
    if any(one.promise == promises.EXECUTED or one.key not in names for one in found.violations):
        return None  # it reached further than to its neighbours
    shares: dict[str, list[Violation]] = {name: [] for name in names.values()}
    for violation in found.violations:
        shares[names[violation.key]].append(violation)
    return {name: replace(found, violations=tuple(share)) for name, share in shares.items()}


def told(error: Mapping[str, Any] | None) -> str:
    """All that a recorded error says, its traceback included."""
    return "\n".join(str(part) for part in (error or {}).values())


def unstored(executions: Collection[Execution], runs: Collection[StoredRun]) -> list[str]:
    """The keys of what came to its end and has no record."""
    held = {run.metrics.get(WITNESS_METRIC) for run in runs}
    return [execution.key for execution in executions if execution.outcome == "returned" and execution.key not in held]
