"""Match plan, executions and records of a sweep by key."""

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
    """A planned run: its key, its expected status, and the required content of a success.

    `params` are compared with the stored ones by name; None (for types that a store cannot hold, say) leaves the
    comparison to the digest in the witness. `artifacts` are names that a success must have, in addition to those
    that the witness saw.
    """

    key: str
    params: Mapping[str, Any] | None = None
    status: Literal["success", "failed"] = "success"
    artifacts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """The plan, the executions and the records of one key."""

    key: str
    planned: PlannedRun | None
    executions: tuple[Execution, ...]
    records: tuple[StoredRun, ...]

    @cached_property
    def ended(self) -> tuple[Execution, ...]:
        """Executions that finished, the last one last."""
        ended = [execution for execution in self.executions if execution.outcome != "interrupted"]
        return tuple(sorted(ended, key=_finished))

    @cached_property
    def record(self) -> StoredRun | None:
        """The record that is judged: the first success, else the first of all."""
        return next((run for run in self.records if run.status == SUCCESS), next(iter(self.records), None))

    @property
    def size(self) -> int:
        """Number of parameters, 0 where it is not known."""
        planned = self.planned.params if self.planned is not None else None
        stored = self.record.params if self.record is not None else None
        return len(planned or stored or ())


@dataclass(frozen=True)
class Evidence:
    """All cases by key; `unmatched` are records without an execution.

    `matched_by_params` are the keys whose failed record lacks its metrics, and so its key.
    """

    cases: Mapping[str, Case]
    unmatched: tuple[StoredRun, ...]
    matched_by_params: Collection[str] = field(default=frozenset())


def reconcile(plan: Iterable[PlannedRun], executions: Iterable[Execution], runs: Iterable[StoredRun]) -> Evidence:
    """Match plan, executions and records by key; the order of the records does not matter.

    Raises:
        InvalidInputError: one key is planned twice.
    """
    planned = _by_key(plan)
    seen: dict[str, list[Execution]] = defaultdict(list)
    for execution in executions:
        seen[execution.key].append(execution)
    recorded: dict[str, list[StoredRun]] = defaultdict(list)
    unmatched: list[StoredRun] = []
    for run in sorted(runs, key=lambda run: run.run_id):
        key = run.metrics.get(WITNESS_METRIC)
        (recorded[key] if isinstance(key, str) and key else unmatched).append(run)
    by_params = _match_by_params(unmatched, planned, seen, recorded)
    for key, run in by_params.items():
        recorded[key].append(run)
    matched = {id(run) for run in by_params.values()}
    keys = dict.fromkeys([*planned, *seen, *recorded])
    cases = {key: Case(key, planned.get(key), tuple(seen[key]), tuple(recorded[key])) for key in keys}
    return Evidence(cases, tuple(run for run in unmatched if id(run) not in matched), frozenset(by_params))


def _by_key(plan: Iterable[PlannedRun]) -> dict[str, PlannedRun]:
    planned: dict[str, PlannedRun] = {}
    for run in plan:
        if run.key in planned:
            raise InvalidInputError(f"the run {run.key} is planned twice: a plan lists each key once")
        planned[run.key] = run
    return planned


def _match_by_params(
    unmatched: list[StoredRun],
    planned: Mapping[str, PlannedRun],
    seen: Mapping[str, list[Execution]],
    recorded: Mapping[str, list[StoredRun]],
) -> dict[str, StoredRun]:
    """Match each unsuccessful record without a key with a run without a record: by params, else one that ended badly.

    When a worker dies, the metrics of its run are lost, and with them the key; its record is valid. If another worker
    is killed with it, that leaves the record of a run that had not started, or was about to be stored. A record with
    the params of a planned run belongs to that run only.
    """
    candidates = [run for run in unmatched if run.status != SUCCESS]
    if not candidates:
        return {}
    without_record = [key for key in sorted({**planned, **seen}) if key not in recorded]
    ended_badly = deque(key for key in without_record if _ended_badly(key, planned, seen))
    same: dict[str, deque[str]] = defaultdict(deque)
    for key in (*ended_badly, *without_record):
        same[_planned_params(planned.get(key), seen.get(key, ()))].append(key)
    matched: dict[str, StoredRun] = {}
    others = []
    for run in sorted(candidates, key=_stored_params, reverse=True):
        params = _stored_params(run)
        if not params or params not in same:
            others.append(run)
        elif key := _take_free(same[params], matched):
            matched[key] = run
    for run in others:
        if key := _take_free(ended_badly, matched):
            matched[key] = run
    return matched


def _take_free(keys: deque[str], taken: Collection[str]) -> str:
    """Remove and return the first key that is not taken, "" if there is none; each key is visited once."""
    while keys:
        key = keys.popleft()
        if key not in taken:
            return key
    return ""


def _ended_badly(key: str, planned: Mapping[str, PlannedRun], seen: Mapping[str, list[Execution]]) -> bool:
    executions = seen.get(key, ())
    fails_as_planned = key in planned and planned[key].status == FAILED
    return fails_as_planned or any(execution.outcome != "returned" for execution in executions)


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
