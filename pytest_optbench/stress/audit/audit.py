"""The audit: expected against executed against stored, as a pure function over plain snapshots."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target.snapshot import StoredRun, StoreSnapshot

from . import promises
from .promises import Finding, Violation, smallest
from .reconcile import SUCCESS, Case, Evidence, PlannedRun, reconcile
from .record_checks import CheckedRecord, compare
from .run_checks import AuditScope, check_run
from .store_checks import StoreFindings, store_violations

__all__ = ["Finding", "PlannedRun", "StoreFindings", "Violation", "audit", "smallest", "stored_successes"]


def audit(
    plan: Iterable[PlannedRun],
    executions: Iterable[Execution],
    store: StoreSnapshot,
    *,
    before: Collection[str] = (),
    session: str | None = None,
    experiment_id: str | None = None,
    complete: bool = True,
    findings: StoreFindings | None = None,
) -> tuple[Violation, ...]:
    """Return every violation of a promise; none if plan, executions and store agree.

    Records are matched with executions by the stored metric `witness`, which holds the key. Give the whole plan of
    the store: other records count as foreign, unless their keys are in `before`.

    Args:
        plan: the runs that were planned. Keys in `before` may be left out of it.
        executions: those in the witness, of this session and of earlier ones.
        store: the present content of the store.
        before: keys that were stored as successes before this session (see `stored_successes`): they must not
            have been executed in it, and must still be stored.
        session: the session that is judged, if `executions` has several; else all of them belong to it.
        experiment_id: the experiment that every record must belong to.
        complete: False for a session that was stopped midway: nothing must be wrong, but anything may be missing.
        findings: what the caller found in the store and its log, apart from the runs.

    Raises:
        InvalidInputError: one key is planned twice.
    """
    scope = AuditScope(frozenset(before), session, complete, experiment_id)
    evidence = reconcile(plan, executions, store.runs)
    violations = _violations(evidence, store, scope)
    return (*violations, *store_violations(findings or StoreFindings(), evidence.cases.values(), fresh=not before))


def stored_successes(store: StoreSnapshot) -> frozenset[str]:
    """Return the keys of all runs stored as successes: `before` of the next session's audit."""
    keys = (run.metrics.get(WITNESS_METRIC) for run in store.runs if run.status == SUCCESS)
    return frozenset(key for key in keys if isinstance(key, str))


def _violations(evidence: Evidence, store: StoreSnapshot, scope: AuditScope) -> Iterator[Violation]:
    executed = any(case.executions for case in evidence.cases.values())
    if not executed and not store.runs and not scope.before:
        yield Violation(promises.MEASURED, "Nothing was measured: no execution and no record.")
    else:
        yield from _runs(evidence, scope)
        for key in sorted(scope.before - evidence.cases.keys()):  # no longer planned, executed or stored
            yield from check_run(Case(key, None, (), ()), scope)
    yield from _unique(store.runs)
    for problem in store.problems:
        yield Violation(promises.RECORDS, f"A part of the store cannot be read: {problem}", found=problem)


def _runs(evidence: Evidence, scope: AuditScope) -> Iterator[Violation]:
    for case in evidence.cases.values():
        yield from check_run(case, scope)
        for run in case.records:
            yield from compare(case, run)
            yield from _check_record(CheckedRecord(case.key, run, case.size), scope)
        if case.key in evidence.matched_by_params and any(execution.outcome == "raised" for execution in case.ended):
            run = case.records[0]
            what = "the record of a failed run lacks the metrics that it captured"
            record = CheckedRecord(case.key, run, case.size)
            yield record.violation(promises.PARTIAL, what, WITNESS_METRIC, case.key, "nothing")
    for run in evidence.unmatched:
        record = CheckedRecord("(unknown)", run, len(run.params or ()))
        what = f"no execution matches this {run.status} record"
        yield record.violation(promises.EARNED, what, WITNESS_METRIC, "a key", "nothing")
        yield from _check_record(record, scope)


def _check_record(record: CheckedRecord, scope: AuditScope) -> Iterator[Violation]:
    run = record.run
    for problem in run.problems:
        yield record.violation(promises.RECORDS, "the record cannot be read whole", "", "a whole record", problem)
    if scope.experiment_id is not None and run.experiment_id != scope.experiment_id:
        what = "the record belongs to another experiment"
        yield record.violation(promises.EXPERIMENT, what, "experiment_id", scope.experiment_id, run.experiment_id)
    if run.status != "running" and not _in_order(run.started_at, run.finished_at):
        found = f"{run.started_at} to {run.finished_at}"
        yield record.violation(promises.TIMES, "its times are wrong", "started_at", "finite times in order", found)


def _in_order(started: object, finished: object) -> bool:
    """Return whether both are times of one kind, finite and in order."""
    if isinstance(started, datetime) and isinstance(finished, datetime):
        comparable = (started.tzinfo is None) == (finished.tzinfo is None)
        return comparable and started <= finished
    if isinstance(started, int | float) and isinstance(finished, int | float):
        return math.isfinite(started) and math.isfinite(finished) and started <= finished
    return False


def _unique(runs: Iterable[StoredRun]) -> Iterator[Violation]:
    for run_id, count in Counter(run.run_id for run in runs).items():
        if count > 1:
            message = f"{count} records have the id {run_id}."
            yield Violation(promises.UNIQUE_IDS, message, "", run_id, "", "1 record", f"{count} records")
