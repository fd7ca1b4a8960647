"""Compare plan, executions and records of each key: lost, duplicate, unplanned, wrong status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_optbench.promises import Promise
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.target.snapshot import StoredRun

from . import promises
from .promises import Violation
from .reconcile import FAILED, SUCCESS, Case, PlannedRun


@dataclass(frozen=True)
class AuditScope:
    """The scope of an audit: keys stored `before`, the judged `session`, whether it was `complete`."""

    before: frozenset[str]
    session: str | None
    complete: bool
    experiment_id: str | None

    def current(self, execution: Execution) -> bool:
        """Return whether an execution belongs to the session that is judged."""
        return self.session is None or execution.session == self.session


def check_run(case: Case, scope: AuditScope) -> Iterator[Violation]:
    """Yield the violations of one key."""
    if len(case.records) > 1:
        yield _several_records(case)
    if case.key in scope.before:
        yield from _resumed(case, scope)
        return
    if case.planned is None:
        yield _unplanned(case)
        return
    yield from _executed_twice(case)
    if case.record is None:
        yield from _unrecorded(case, case.planned, scope)
    else:
        yield from _recorded(case, case.planned, case.record, scope)


def violation(promise: Promise, case: Case, message: str, expected: str = "", found: str = "") -> Violation:
    """Return a violation by the run of `case` as a whole."""
    run_id = case.record.run_id if case.record else ""
    text = f"Run {run_id or '(not stored)'} with key {case.key} {message}."
    return Violation(promise, text, case.key, run_id, "", expected, found, case.size)


def _unplanned(case: Case) -> Violation:
    if case.executions:
        message = "was executed but is not in the plan"
        return violation(promises.ONLY_PLANNED, case, message, "no execution", "an execution")
    message = "is stored but was neither planned nor executed"
    return violation(promises.EARNED, case, message, "no record", "a record")


def _several_records(case: Case) -> Violation:
    ids = ", ".join(run.run_id for run in case.records)
    count = len(case.records)
    return violation(promises.ONE_RECORD, case, f"has {count} records: {ids}", "1 record", f"{count} records")


def _resumed(case: Case, scope: AuditScope) -> Iterator[Violation]:
    again = [execution for execution in case.executions if scope.current(execution)]
    if again:
        message = "was stored as a success before this session and was executed again"
        yield violation(promises.RESUMED, case, message, "0 executions", f"{len(again)} executions")
    elif case.record is None or case.record.status != SUCCESS:
        found = case.record.status if case.record else "no record"
        yield violation(promises.KEPT, case, f"was stored as a success, now there is: {found}", SUCCESS, found)


def _executed_twice(case: Case) -> Iterator[Violation]:
    by_session = Counter(execution.session for execution in case.ended)
    most = max(by_session.values(), default=0)
    if most > 1:
        message = f"was executed completely {most} times in one session"
        yield violation(promises.ONCE, case, message, "1 execution", f"{most} executions")


def _unrecorded(case: Case, planned: PlannedRun, scope: AuditScope) -> Iterator[Violation]:
    if not scope.complete:
        return
    if case.ended:
        last = case.ended[-1].outcome
        yield violation(promises.STORED, case, f"was executed ({last}) but is not stored", "a record", "none")
    elif case.executions and planned.status == FAILED:
        message = "was killed while it was executed, and no record says so"
        yield violation(promises.STORED, case, message, "a failed record", "none")
    elif case.executions:
        message = f"was started {_times(len(case.executions))} but did not finish"
        yield violation(promises.EXECUTED, case, message, "1 execution", "0 executions")
    else:
        yield violation(promises.EXECUTED, case, "was never executed", "1 execution", "0 executions")


def _recorded(case: Case, planned: PlannedRun, record: StoredRun, scope: AuditScope) -> Iterator[Violation]:
    last = case.ended[-1] if case.ended else None
    if record.status == SUCCESS:
        yield from _success(case, planned, last)
    elif record.status == FAILED:
        yield from _failure(case, planned, record, last)
    elif scope.complete:
        message = f"is stored as {record.status!r} after the end of the session"
        yield violation(promises.STATUS, case, message, planned.status, record.status)


def _success(case: Case, planned: PlannedRun, last: Execution | None) -> Iterator[Violation]:
    if last is None:
        state = "was started but did not finish" if case.executions else "was never executed"
        yield violation(promises.EARNED, case, f"is stored as a success but {state}", "1 execution", "none")
    elif last.outcome == "raised":
        message = f"is stored as a success but its operation raised {last.error}"
        yield violation(promises.STATUS, case, message, FAILED, SUCCESS)
    elif planned.status == FAILED:
        yield violation(promises.AS_PLANNED, case, "was meant to fail but succeeded", FAILED, SUCCESS)


def _failure(case: Case, planned: PlannedRun, record: StoredRun, last: Execution | None) -> Iterator[Violation]:
    if planned.status == FAILED:
        return
    error = _error_text(record)
    if last is not None and last.outcome == "returned":
        message = f"is stored as failed ({error}) but its operation returned"
        yield violation(promises.STATUS, case, message, SUCCESS, FAILED)
    else:
        yield violation(promises.AS_PLANNED, case, f"was meant to succeed but failed: {error}", SUCCESS, FAILED)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _error_text(record: StoredRun) -> str:
    """Return the error of a record in at most a line."""
    error = record.error or {}
    text = ": ".join(str(error[name]) for name in ("type", "message") if error.get(name)) or str(dict(error))
    return text.replace("\n", " ")[:200]
