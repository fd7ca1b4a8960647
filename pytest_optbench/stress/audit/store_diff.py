"""Comparison of two stores of the same sweep, run by run and field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_optbench.stress.audit.record_checks import same
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target.snapshot import StoredRun, StoreSnapshot
from pytest_optbench.text import shorten

FIELDS = (
    "run_id", "experiment_id", "status", "metrics", "params", "series", "artifacts", "data", "error", "tags",
    "fingerprints",
)  # fmt: skip
LONGEST = 120  # characters of a value
TIME = re.compile(r"(\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?")


def differences(store: StoreSnapshot, other: StoreSnapshot) -> Iterator[str]:
    """Yield a sentence for each run and field that differ between two stores; times do not count.

    Logs are compared if both were read, by the messages of their lines: times, and names in brackets, vary.
    """
    runs, others = _by_key(store), _by_key(other)
    for key in sorted(runs.keys() | others.keys()):
        if key not in runs or key not in others:
            yield f"the run with key {key} is only in the {'first' if key in runs else 'second'} store"
            continue
        for field in FIELDS:
            value, other_value = (_plain(getattr(run, field)) for run in (runs[key], others[key]))
            if not same(value, other_value):
                shown, other_shown = (shorten(repr(part), LONGEST) for part in _unequal(value, other_value))
                yield f"run {runs[key].run_id}: {field} is {shown}, in the other store {other_shown}"
        yield from _log_differences(runs[key], others[key])


def _unequal(value: Any, other: Any) -> tuple[Any, Any]:
    """Return two values without the names that are equal in both."""
    if not (isinstance(value, dict) and isinstance(other, dict)):
        return value, other
    equal = {name for name in value.keys() & other.keys() if same(value[name], other[name])}
    return tuple({name: part for name, part in each.items() if name not in equal} for each in (value, other))  # type: ignore[return-value]


def _log_differences(run: StoredRun, other: StoredRun) -> Iterator[str]:
    logs = [None if each.log is None else _messages(each.log) for each in (run, other)]
    if None not in logs and logs[0] != logs[1]:
        shown, other_shown = (shorten(repr(log), LONGEST) for log in logs)
        yield f"run {run.run_id}: log is {shown}, in the other store {other_shown}"


def _messages(log: str) -> list[str]:
    return [TIME.sub("", line).rpartition("] ")[2].strip() for line in log.splitlines()]


def _by_key(store: StoreSnapshot) -> Mapping[str, StoredRun]:
    return {str(run.metrics.get(WITNESS_METRIC, f"without a key, {run.run_id}")): run for run in store.runs}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return [value.kind, value.size, value.digest] if hasattr(value, "digest") else value
