"""Plan, executions and records of a sweep, brought together by key."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, params_digest
from pytest_optbench.target.snapshot import StoredRun

SUCCESS = "success"
FAILED = "failed"


@dataclass(frozen=True)
class PlannedRun:
    """What a scenario planned: the run's key, how it is meant to end, and what a success must hold.

    `params` are compared with the stored ones by name; None (because a store cannot hold their types, say)
    leaves it to the digest in the witness. `artifacts` are names that a success must have, beside those that
    the witness saw.
    """

    key: str
    params: Mapping[str, Any] | None = None
    status: Literal["success", "failed"] = "success"
    artifacts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """Everything known about one key."""

    key: str
    planned: PlannedRun | None
    executions: tuple[Execution, ...]
    records: tuple[StoredRun, ...]

    @cached_property
    def ended(self) -> tuple[Execution, ...]:
        """Executions that came to their end, the last one last."""
        ended = [execution for execution in self.executions if execution.outcome != "interrupted"]
        return tuple(sorted(ended, key=_finished))

    @cached_property
    def record(self) -> StoredRun | None:
        """The record that counts: the first success, else the first of all."""
        return next((run for run in self.records if run.status == SUCCESS), next(iter(self.records), None))

    @property
    def size(self) -> int:
        """Number of parameters, 0 where it is not known."""
        planned = self.planned.params if self.planned is not None else None
        stored = self.record.params if self.record is not None else None
        return len(planned or stored or ())


@dataclass(frozen=True)
class Evidence:
    """All cases by key; `untied` are records that no execution can be found for."""

    cases: Mapping[str, Case]
    unmatched: tuple[StoredRun, ...]
    nameless: Collection[str] = field(default=frozenset())  # keys whose failed record came without its metrics


def reconcile(plan: Iterable[PlannedRun], executions: Iterable[Execution], runs: Iterable[StoredRun]) -> Evidence:
    """Bring a sweep together by key, in an order that no listing decides.

    Raises InvalidInputError if one key is planned twice.
    """
    planned = _by_key(plan)
    seen: dict[str, list[Execution]] = defaultdict(list)
    for execution in executions:
        seen[execution.key].append(execution)
    tied: dict[str, list[StoredRun]] = defaultdict(list)
    unmatched: list[StoredRun] = []
    for run in sorted(runs, key=lambda run: run.run_id):
        key = run.metrics.get(WITNESS_METRIC)
        (tied[key] if isinstance(key, str) and key else unmatched).append(run)
    adopted = _adopt(unmatched, planned, seen, tied)
    for key, run in adopted.items():
        tied[key].append(run)
    homes = {id(run) for run in adopted.values()}
    keys = dict.fromkeys([*planned, *seen, *tied])
    cases = {key: Case(key, planned.get(key), tuple(seen[key]), tuple(tied[key])) for key in keys}
    return Evidence(cases, tuple(run for run in unmatched if id(run) not in homes), frozenset(adopted))


def _by_key(plan: Iterable[PlannedRun]) -> dict[str, PlannedRun]:
    planned: dict[str, PlannedRun] = {}
    for run in plan:
        if run.key in planned:
            raise InvalidInputError(f"the run {run.key} is planned twice: a plan lists each key once")
        planned[run.key] = run
    return planned


def _adopt(
    unmatched: list[StoredRun],
    planned: Mapping[str, PlannedRun],
    seen: Mapping[str, list[Execution]],
    tied: Mapping[str, list[StoredRun]],
) -> dict[str, StoredRun]:
    """Give each unsuccessful record without a key to a run without a record: one of the same params, else a bad end.

    A worker that dies takes the run's metrics with it, and with them the key; its record is a good record. A worker
    that is ended beside it leaves the record of a run that had not begun, or was about to be stored. Params that were
    planned belong to their own run, and to no other.
    """
    candidates = [run for run in unmatched if run.status != SUCCESS]
    if not candidates:
        return {}
    free = [key for key in sorted({**planned, **seen}) if key not in tied]
    homeless = deque(key for key in free if _ended_badly(key, planned, seen))
    same: dict[str, deque[str]] = defaultdict(deque)
    for key in (*homeless, *free):
        same[_planned_params(planned.get(key), seen.get(key, ()))].append(key)
    adopted: dict[str, StoredRun] = {}
    others = []
    for run in sorted(candidates, key=_stored_params, reverse=True):
        params = _stored_params(run)
        if not params or params not in same:
            others.append(run)
        elif key := _first_free(same[params], adopted):
            adopted[key] = run
    for run in others:
        if key := _first_free(homeless, adopted):
            adopted[key] = run
    return adopted


def _first_free(keys: deque[str], taken: Collection[str]) -> str:
    """Take the first key that is free, "" if none is; each key is looked at once."""
    while keys:
        key = keys.popleft()
        if key not in taken:
            return key
    return ""


def _ended_badly(key: str, planned: Mapping[str, PlannedRun], seen: Mapping[str, list[Execution]]) -> bool:
    executions = seen.get(key, ())
    meant = key in planned and planned[key].status == FAILED
    return meant or any(execution.outcome != "returned" for execution in executions)


def _planned_params(run: PlannedRun | None, executions: Iterable[Execution]) -> str:
    if run is not None and run.params is not None:
        return _digest(run.params)
    return next((execution.params for execution in executions if execution.params), "")


def _stored_params(run: StoredRun) -> str:
    return "" if run.params is None else _digest(run.params)


def _digest(params: Mapping[str, Any]) -> str:
    try:
        return params_digest(params)
    except InvalidInputError:
        return ""


def _finished(execution: Execution) -> float:
    return execution.finished or 0.0
