"""Sweeps in which faults happen: run them in child processes, and audit the other runs."""

from __future__ import annotations

import json
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
from pytest_optbench.target.locators import remove_store

from .child_sweep import NAP, operation_modules, run_task, task_of, unpack_task
from .faults import fault, fault_named
from .planned_sweep import PlannedSweep
from .run_and_audit import SWEEP_ENDS, AuditResult
from .sweep_context import SweepContext

ENDS = promise("audit.sweep-ends")
ERROR_RECORDED = promise("failure-injection.error-is-recorded")
REPORTED = promise("failure-injection.no-false-success")
STATUS_PROMISES = (promises.STATUS, promises.AS_PLANNED)  # what a fault that may end either way leaves open
SUMMARY = "summary.json"


@dataclass(frozen=True)
class FaultSweep:
    """A planned sweep in which faults happen, and its context."""

    planned_sweep: PlannedSweep
    ctx: SweepContext

    @property
    def report(self) -> Path:
        """The file in which the child writes the summary."""
        return self.ctx.witness.with_name(SUMMARY)


@dataclass(frozen=True)
class ChildSweepResult:
    """The result of a sweep in a child: its `summary`, or, if the child died, how it did in `end`.

    `hung` text that it was ended because its time was over.
    """

    summary: Summary | None
    end: str = ""
    hung: bool = False


def fault_sweep(ctx: SweepContext, names: Sequence[str], healthy: int) -> FaultSweep:
    """Plan a sweep in which the faults of these names happen, each between `healthy` runs without a fault."""
    acts = [name for fault_name in names for name in (*[""] * healthy, fault_name)] + [""] * healthy
    cases = [{"n": n, "fault": act} for n, act in enumerate(acts)]
    failing = [case for case in cases if case["fault"] and fault_named(str(case["fault"])).ends != "either"]
    return FaultSweep(PlannedSweep("faults", fault, cases, artifacts=("before",), failing=failing), ctx)


def drive_all(sweeps: Sequence[FaultSweep], seconds: float, **limits: int | None) -> Iterator[ChildSweepResult]:
    """Run sweeps in order in a child process; after one that kills the child, the others run in a new child.

    `seconds` is the time limit of a child for one sweep, `limits` are fields of its `ResourceLimits`.
    """
    left = list(sweeps)
    while left:
        tasks = [_task(sweep) for sweep in left]
        ended = run_child(drive_queue, tasks, bounds=ResourceLimits(seconds, **limits), needs=operation_modules(tasks))
        done = [sweep for sweep in left if sweep.report.exists()]
        for sweep in done:
            yield ChildSweepResult(Summary(**json.loads(sweep.report.read_bytes())))
        left = left[len(done) :]
        if left and not done:  # it was the first of this child, so no other sweep killed it
            yield ChildSweepResult(None, describe_end(ended), hung=ended.timed_out)
            left = left[1:]
        elif left:
            _clear(left[0])


def drive_queue(tasks: Sequence[Mapping[str, Any]]) -> None:
    """Run one sweep after the other, in the child, and write the summary of each."""
    for task in tasks:
        report = Path(task["report"])
        partial = report.with_suffix(".partial")
        partial.write_text(json.dumps(run_task(task)), encoding="utf-8")
        partial.replace(report)


def drive_until(sweep: FaultSweep, name: str, seconds: float) -> ChildSweepResult:
    """Run a sweep in a child process that cancels it once the first run with the fault `name` has started."""
    key = next(run.key for run in sweep.planned_sweep.plan() if (run.params or {}).get("fault") == name)
    task = _task(sweep)
    ended = run_child(cancel_task, task, key, bounds=ResourceLimits(seconds), needs=operation_modules([task]))
    return (
        ChildSweepResult(Summary(**ended.value))
        if ended.value is not None
        else ChildSweepResult(None, describe_end(ended))
    )


def cancel_task(task: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Start the sweep, in the child, wait for the run to start, cancel, and return the summary so far."""
    planned_sweep, target, options = unpack_task(task)
    with witnessing(task["witness"], task["session"]) as witness:
        started = target.start(planned_sweep.experiment(target), options)
        while started.is_running and all(execution.key != key for execution in read(witness)):
            time.sleep(NAP)
        return asdict(started.give_up())


def audit_fault_sweep(sweep: FaultSweep, driven: ChildSweepResult, *, complete: bool = True) -> AuditResult:
    """Audit a sweep with faults; with `complete` False it was stopped, and runs may be missing."""
    experiment = sweep.planned_sweep.experiment(sweep.ctx.target)
    store = sweep.ctx.target.read(sweep.ctx.options.store, experiment)
    executions = [replace(execution, series=None) for execution in read(sweep.ctx.witness)]
    violations = [*_end_violations(driven), *audit_either_way(sweep, executions, store, complete)]
    violations += [*false_successes(driven, store), *_error_violations(sweep, store)]
    seconds = driven.summary.seconds if driven.summary is not None else 0.0
    return AuditResult(len(executions), len(store.runs), seconds, tuple(violations))


def _task(sweep: FaultSweep) -> dict[str, Any]:
    sweep.report.parent.mkdir(parents=True, exist_ok=True)
    return {**task_of(sweep.planned_sweep, sweep.ctx), "report": str(sweep.report)}


def _clear(sweep: FaultSweep) -> None:
    """Remove the results of a sweep that was running when its child died: it starts again."""
    remove_store(sweep.ctx.options.store)
    sweep.ctx.witness.unlink(missing_ok=True)


def describe_end(ended: ChildResult) -> str:
    """Return in one line how a child ended, with the last line of its output."""
    lines = (ended.traceback or ended.output).strip().splitlines()
    return f"{ended.describe()}; its last line: {lines[-1]}" if lines else ended.describe()


def _end_violations(driven: ChildSweepResult) -> Iterator[Violation]:
    if driven.summary is None:
        yield Violation(ENDS, f"The process that ran the sweep: {driven.end}.")
    elif driven.summary.traceback is not None:  # a stop is not an error of the sweep
        yield Violation(SWEEP_ENDS, f"It raised {driven.summary.error}.")


def audit_either_way(
    sweep: FaultSweep, executions: Sequence[Execution], store: StoreSnapshot, complete: bool
) -> Iterator[Violation]:
    """Yield the violations of an audit, except for the status of runs whose fault may end either way."""
    status = {str(run.metrics.get(WITNESS_METRIC)): run.status for run in store.runs}
    either = {run.key for run in sweep.planned_sweep.plan() if ends_either(run)}
    plan = [
        _with_status(run, status.get(run.key, FAILED)) if run.key in either else run
        for run in sweep.planned_sweep.plan()
    ]
    for violation in audit(plan, executions, store, complete=complete):
        if not (violation.key in either and violation.promise in STATUS_PROMISES):
            yield violation


def ends_either(run: PlannedRun) -> bool:
    """Return whether a planned run may end as a success or as failed."""
    name = (run.params or {}).get("fault")
    return bool(name) and fault_named(str(name)).ends == "either"


def _with_status(run: PlannedRun, status: str) -> PlannedRun:
    return replace(run, status="failed") if status == FAILED else run


def false_successes(driven: ChildSweepResult, store: StoreSnapshot) -> Iterator[Violation]:
    """Yield a violation if a sweep reports more successes than the store has."""
    if driven.summary is None:
        return
    reported = driven.summary.completed + driven.summary.skipped
    stored = sum(run.status == SUCCESS for run in store.runs)
    if reported > stored:
        message = f"The sweep reports {reported} successes, and the store has {stored}."
        yield Violation(REPORTED, message, expected=f"{reported}", found=f"{stored}")


def _error_violations(sweep: FaultSweep, store: StoreSnapshot) -> Iterator[Violation]:
    """Yield the texts that the errors of failed runs lack; a record without its key is matched by its params."""
    plan = list(sweep.planned_sweep.plan())
    cases = {run.key: run for run in plan}
    for run in store.runs:
        key = str(run.metrics.get(WITNESS_METRIC))
        case = cases.get(key) or next((case for case in plan if case.params == run.params), None)
        name = str((case.params or {}).get("fault", "")) if case is not None else ""
        if case is not None and name and run.status == FAILED:
            error = error_text(run.error)
            missing = [text for text in fault_named(name).texts if text not in error]
            if missing or not error.strip():
                expected = missing[0] if missing else "an error"
                message = f"Run {run.run_id} ({name}) failed, but its error lacks {expected!r}: {error[:200]!r}."
                yield Violation(ERROR_RECORDED, message, case.key, run.run_id, "error", expected, error[:200])


def by_fault(sweep: FaultSweep, found: AuditResult) -> Mapping[str, AuditResult] | None:
    """Return the violations of each fault and the runs around it; None if the sweep does not show which it was."""
    names: dict[str, str] = {}
    last = next(str(case["fault"]) for case in sweep.planned_sweep.cases if case["fault"])
    for run in sweep.planned_sweep.plan():
        last = str((run.params or {})["fault"]) or last
        names[run.key] = last
    if any(broken.promise == promises.EXECUTED or broken.key not in names for broken in found.violations):
        return None  # it affected more than its neighbours
    shares: dict[str, list[Violation]] = {name: [] for name in names.values()}
    for violation in found.violations:
        shares[names[violation.key]].append(violation)
    return {name: replace(found, violations=tuple(share)) for name, share in shares.items()}


def error_text(error: Mapping[str, Any] | None) -> str:
    """Return the whole text of a recorded error, including its traceback."""
    return "\n".join(str(part) for part in (error or {}).values())


def unstored(executions: Collection[Execution], runs: Collection[StoredRun]) -> list[str]:
    """Return the keys of executions that returned and have no record."""
    stored = {run.metrics.get(WITNESS_METRIC) for run in runs}
    return [
        execution.key for execution in executions if execution.outcome == "returned" and execution.key not in stored
    ]
