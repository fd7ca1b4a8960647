"""What a store gives back, as text by run and field, so that two readings can be compared across processes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from pytest_optbench.promises import Promise
from pytest_optbench.stress.audit.promises import Violation
from pytest_optbench.target import load_target
from pytest_optbench.target.snapshot import StoredRun
from pytest_optbench.target.target import Target

Reading = Mapping[str, Mapping[str, str]]  # the text of each field of each run; what concerns the store is under ""


def read_store(target: Target, store: str, experiment_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Return everything that a store holds of some experiments."""
    found: dict[str, dict[str, str]] = {"": {}}
    for experiment_id in experiment_ids:
        snapshot = target.read(store, experiment_id, logs="logs" in target.features)
        found[""][experiment_id] = _text(snapshot.problems)
        for run in snapshot.runs:
            found[run.run_id] = {one.name: _text(getattr(run, one.name)) for one in fields(StoredRun)}
    return found


def read_elsewhere(store: str, experiment_ids: list[str], folder: str) -> dict[str, dict[str, str]]:
    """Return the same, for a child process that goes to another folder first."""
    os.chdir(folder)
    return read_store(load_target(), store, experiment_ids)


def compare(promise: Promise, before: Reading, after: Reading, how: str) -> Iterator[Violation]:
    """Yield what differs between two readings of a store that was moved in between; `how` says in which way."""
    lost, new = before.keys() - after.keys(), after.keys() - before.keys()
    if lost or new:
        message = f"{how}: of {len(before) - 1} runs {len(lost)} are gone, and {len(new)} others are there."
        yield Violation(promise, message)
    for run_id in sorted(before.keys() & after.keys()):
        for field in sorted(before[run_id].keys() | after[run_id].keys()):
            had, has = before[run_id].get(field, "nothing"), after[run_id].get(field, "nothing")
            if had != has:
                whose = f"run {run_id}: {field}" if run_id else "the store has problems"
                message = f"{how}, {whose}: before {_shortened(had, has)}, afterwards {_shortened(has, had)}."
                yield Violation(promise, message, run_id=run_id, where=field)


def _text(value: Any) -> str:
    """The text of a value, the same in every process; moments in UTC."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name!r}: {_text(value[name])}' for name in sorted(value))}}}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_text, value))}]"
    return repr(value)


def _shortened(text: str, other: str) -> str:
    """Some of a text, from where it begins to differ from another one."""
    pairs = enumerate(zip(text, other, strict=False))
    same = next((place for place, (one, two) in pairs if one != two), min(len(text), len(other)))
    start = max(0, same - 20)
    return f"{'...' if start else ''}{text[start : start + 160]}{'...' if len(text) > start + 160 else ''}"
