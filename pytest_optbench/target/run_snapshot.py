"""One run of a target's store as plain data; a part that cannot be read does not affect the others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pytest_optbench.text import one_line

from .dialect import Entry
from .digest import digest
from .snapshot import Names, Series, StoredArtifact, StoredRun, Unlisted, Wanted

T = TypeVar("T")
PARTS = ("context", "params", "seed")


class _Guard:
    """Calls functions that may raise, and keeps their errors as problems."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def __call__(self, part: str, call: Callable[[], T], default: T) -> T:
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - a part that cannot be read is a finding
            self.problems.append(f"{part} cannot be read: {one_line(error)}")
            return default


def snapshot_run(entry: Entry, wanted: Wanted) -> StoredRun:
    """Read the wanted parts of one run."""
    guard = _Guard()
    record = entry.record
    nothing: dict[str, Series] = {}
    series = guard("series", lambda: _series(entry), nothing) if wanted.series else nothing
    artifacts = _artifacts(entry, guard) if wanted.artifacts else {}
    data = _data(entry, guard) if wanted.data else {}
    log = guard("log", entry.log, None) if wanted.logs else None
    return StoredRun(
        run_id=record.run_id,
        status=str(getattr(record.status, "value", record.status)),
        metrics=dict(record.metrics),
        params=guard("params", entry.params, None),
        series=series,
        artifacts=artifacts,
        data=data,
        error=_error(record.error),
        started_at=record.started_at,
        finished_at=record.finished_at,
        experiment_id=record.experiment_id,
        tags=tuple(record.tags),
        fingerprints={part: str(getattr(record, f"{part}_fingerprint", None) or "") for part in PARTS},
        log=log,
        problems=tuple(guard.problems),
    )


def by_name(entry: Entry, names: Names) -> Unlisted:
    """Read the parts with these names; a name under which nothing can be read is left out."""
    artifacts = _read_by_name(names.artifacts, lambda name: _load("unlisted", None, entry.load, name))
    data = _read_by_name(names.data, lambda name: _load("data", None, entry.data_named, name))
    return Unlisted(
        series=_read_by_name(names.series, lambda name: tuple(entry.series_named(name))),
        artifacts={name: artifact for name, artifact in artifacts.items() if artifact.problem is None},
        data={name: result for name, result in data.items() if result.problem is None},
        calls=entry.calls,
    )


def _read_by_name(names: Iterable[str], read: Callable[[str], T]) -> dict[str, T]:
    parts = {}
    for name in sorted(names):
        with contextlib.suppress(Exception):  # nothing has this name: the caller reports what is missing
            parts[name] = read(name)
    return parts


def _series(entry: Entry) -> dict[str, Series]:
    return {name: tuple(points) for name, points in entry.series().items()}


def _data(entry: Entry, guard: _Guard) -> dict[str, StoredArtifact]:
    values: Mapping[str, Any] = guard("data", entry.data, {})
    return {name: _load("data", None, values.get, name) for name in values}


def _artifacts(entry: Entry, guard: _Guard) -> dict[str, StoredArtifact]:
    """Load the artifacts that the store lists; those that only the record lists have a problem."""
    artifacts: dict[str, StoredArtifact] = {}
    descriptors: Iterable[Any] = guard("the list of artifacts", entry.descriptors, [])
    for listed in descriptors:
        if listed.name in artifacts:
            guard.problems.append(f"the store lists artifact {listed.name!r} twice")
        artifacts[listed.name] = _load(listed.kind, _size(listed), entry.load, listed.name)
    for recorded in entry.record.artifacts:
        if recorded.name not in artifacts:
            read = _load(recorded.kind, _size(recorded), entry.load, recorded.name)
            how = "is read by its name" if read.problem is None else f"cannot be read by its name: {read.problem}"
            artifacts[recorded.name] = replace(read, problem=f"the record lists it, the store does not, and it {how}")
    return artifacts


def _size(descriptor: Any) -> int | None:
    """Return the size in bytes; metalab has `size_bytes`, others `size`."""
    size = getattr(descriptor, "size_bytes", None)
    return getattr(descriptor, "size", None) if size is None else size


def _load(kind: str, size: int | None, load: Callable[[str], Any], name: str) -> StoredArtifact:
    try:
        return StoredArtifact(kind, size, digest(load(name)))
    except Exception as error:  # noqa: BLE001 - an artifact that cannot be read is a finding
        return StoredArtifact(kind, size, problem=one_line(error))


def _error(error: Any) -> Mapping[str, Any] | None:
    if error is None or isinstance(error, Mapping):
        return None if error is None else dict(error)
    return {"message": str(error)}
