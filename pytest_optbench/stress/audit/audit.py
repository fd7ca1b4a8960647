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
from .record_checks import Entry, compare
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
    around: StoreFindings | None = None,
) -> tuple[Violation, ...]:
    """Return every promise that this history breaks; none for a sound one.

    Records are tied to executions by the stored metric `witness`, which holds the key. Give the whole plan of
    what the store holds: other records count as foreign, unless their keys are in `before`.

    Args:
        plan: what was meant to run. Keys in `before` may be left out of it.
        executions: what the witness saw, of this session and of earlier ones.
        store: what the store holds now.
        before: keys that were stored as successes before this session (see `stored_successes`): they must not
        have been executed in it, and must still be there. session: the session that is judged, if
        `executions` has several; else all of them are taken for this one. experiment_id: the experiment that
        every record must belong to. complete: False for a session that was stopped midway: nothing must be
        wrong, but anything may be missing. around: what the caller found around the runs.

    Raises:
        InvalidInputError: one key is planned twice.
    """
    terms = AuditScope(frozenset(before), session, complete, experiment_id)
    books = reconcile(plan, executions, store.runs)
    found = _violations(books, store, terms)
    return (*found, *store_violations(around or StoreFindings(), books.cases.values(), fresh=not before))


def stored_successes(store: StoreSnapshot) -> frozenset[str]:
    """Return the keys of all runs stored as successes: `before` of the next session's audit."""
    keys = (run.metrics.get(WITNESS_METRIC) for run in store.runs if run.status == SUCCESS)
    return frozenset(key for key in keys if isinstance(key, str))


def _violations(books: Evidence, store: StoreSnapshot, terms: AuditScope) -> Iterator[Violation]:
    executed = any(case.executions for case in books.cases.values())
    if not executed and not store.runs and not terms.before:
        yield Violation(promises.MEASURED, "Nothing was measured: no execution and no record.")
    else:
        yield from _runs(books, terms)
        for key in sorted(terms.before - books.cases.keys()):  # neither planned, seen nor stored any more
            yield from check_run(Case(key, None, (), ()), terms)
    yield from _unique(store.runs)
    for problem in store.problems:
        yield Violation(promises.RECORDS, f"The store cannot read everything: {problem}", found=problem)


def _runs(books: Evidence, terms: AuditScope) -> Iterator[Violation]:
    for case in books.cases.values():
        yield from check_run(case, terms)
        for run in case.records:
            yield from compare(case, run)
            yield from _record(Entry(case.key, run, case.size), terms)
        if case.key in books.nameless and any(execution.outcome == "raised" for execution in case.ended):
            run = case.records[0]
            what = "the record of a failed run came without the metrics it had captured"
            entry = Entry(case.key, run, case.size)
            yield entry.wrong(promises.PARTIAL, what, WITNESS_METRIC, case.key, "nothing")
    for run in books.unmatched:
        entry = Entry("(unknown)", run, len(run.params or ()))
        what = f"no execution can be found for this {run.status} record"
        yield entry.wrong(promises.EARNED, what, WITNESS_METRIC, "a key", "nothing")
        yield from _record(entry, terms)


def _record(entry: Entry, terms: AuditScope) -> Iterator[Violation]:
    run = entry.run
    for problem in run.problems:
        yield entry.wrong(promises.RECORDS, "the record cannot be read whole", "", "a whole record", problem)
    if terms.experiment_id is not None and run.experiment_id != terms.experiment_id:
        what = "the record belongs to another experiment"
        yield entry.wrong(promises.EXPERIMENT, what, "experiment_id", terms.experiment_id, run.experiment_id)
    if run.status != "running" and not _in_order(run.started_at, run.finished_at):
        found = f"{run.started_at} to {run.finished_at}"
        yield entry.wrong(promises.TIMES, "its times are wrong", "started_at", "finite times in order", found)


def _in_order(started: object, finished: object) -> bool:
    """Whether both are times of one kind, finite and in order."""
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
