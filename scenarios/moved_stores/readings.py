"""The content of a store as text by run and field, so that two readings can be compared across processes."""

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

Reading = Mapping[str, Mapping[str, str]]  # the text of each field of each run; problems of the store are under ""


def read_store(target: Target, store: str, experiment_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Read everything that a store holds of some experiments."""
    reading: dict[str, dict[str, str]] = {"": {}}
    for experiment_id in experiment_ids:
        snapshot = target.read(store, experiment_id, logs="logs" in target.features)
        reading[""][experiment_id] = _text(snapshot.problems)
        for run in snapshot.runs:
            reading[run.run_id] = {field.name: _text(getattr(run, field.name)) for field in fields(StoredRun)}
    return reading


def read_elsewhere(store: str, experiment_ids: list[str], folder: str) -> dict[str, dict[str, str]]:
    """Read a store from another working folder, in a child process."""
    os.chdir(folder)
    return read_store(load_target(), store, experiment_ids)


def compare_readings(promise: Promise, before: Reading, after: Reading, how: str) -> Iterator[Violation]:
    """Yield the differences between two readings of a store that was moved in between; `how` says in which way."""
    lost, new = before.keys() - after.keys(), after.keys() - before.keys()
    if lost or new:
        message = f"{how}: of {len(before) - 1} runs {len(lost)} are missing, and {len(new)} others are read."
        yield Violation(promise, message)
    for run_id in sorted(before.keys() & after.keys()):
        for field in sorted(before[run_id].keys() | after[run_id].keys()):
            old, new_text = before[run_id].get(field, "nothing"), after[run_id].get(field, "nothing")
            if old != new_text:
                subject = f"run {run_id}: {field}" if run_id else "the store has problems"
                message = (
                    f"{how}, {subject}: before {_shortened(old, new_text)}, afterwards {_shortened(new_text, old)}."
                )
                yield Violation(promise, message, run_id=run_id, where=field)


def _text(value: Any) -> str:
    """Format a value as text that is the same in every process, with times in UTC."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name!r}: {_text(value[name])}' for name in sorted(value))}}}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_text, value))}]"
    return repr(value)


def _shortened(text: str, other: str) -> str:
    """Shorten a text to the part around its first difference from another one."""
    pairs = enumerate(zip(text, other, strict=False))
    same = next((index for index, (left, right) in pairs if left != right), min(len(text), len(other)))
    start = max(0, same - 20)
    return f"{'...' if start else ''}{text[start : start + 160]}{'...' if len(text) > start + 160 else ''}"
