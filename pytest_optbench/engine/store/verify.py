"""The comparison of one run in two stores, from what both give back: not from what was meant to be written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import IO, Any, Final

from pytest_optbench.engine.encoding.artifacts import to_chunks
from pytest_optbench.engine.encoding.strict_json import dumps
from pytest_optbench.engine.model.records import Artifact, RunRecord

from .protocol import DerivedReader, ReadableStore
from .record_file import columns_of

_FILES: Final = frozenset({"artifacts", "data", "files"})  # whose file names may differ from store to store


def same_attempt(record: RunRecord, other: RunRecord) -> bool:
    """Return whether two records are of one attempt at the run, by its status and its times."""
    return (record.status, record.started_at, record.finished_at) == (
        other.status,
        other.started_at,
        other.finished_at,
    )


def difference_between(source: ReadableStore, target: ReadableStore, run_id: str) -> str | None:
    """Return the first part of a run that two stores give back differently; None where all is equal.

    Raises:
        StoreError: one of them cannot read it.
    """
    facts, others = dict(_facts(source, run_id)), dict(_facts(target, run_id))
    for name in [*facts, *(others.keys() - facts.keys())]:
        if facts.get(name) != others.get(name):
            return name
    return None


def _facts(store: ReadableStore, run_id: str) -> Iterator[tuple[str, Any]]:
    record = store.get_run_record(run_id)
    for name, value in columns_of(record).items():
        if name not in _FILES:
            yield name, dumps(value, lenient=True)
    yield "the order of artifacts", [artifact.name for artifact in record.artifacts]
    for artifact in record.artifacts:
        with store.open_artifact(run_id, artifact.name) as file:
            yield f"artifact {artifact.name!r}", (*_described(artifact), _digest(file))
    for one in record.data:
        value = store.load_data(run_id, one.name)
        chunks = to_chunks(value, one.kind, f"data {one.name!r}")[1]
        yield f"data {one.name!r}", (*_described(one), b"".join([bytes(chunk) for chunk in chunks]))
    for name, (steps, values) in store.series(run_id).items():
        yield f"stepped metric {name!r}", (steps.tobytes(), values.tobytes())
    yield "log", store.log(run_id)
    if isinstance(store, DerivedReader):
        yield "derived metrics", dumps(store.get_derived(run_id), lenient=True)


def _described(artifact: Artifact) -> tuple[Any, ...]:
    return artifact.kind, artifact.size, artifact.sha256, dumps(dict(artifact.metadata), lenient=True)


def _digest(file: IO[bytes]) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
