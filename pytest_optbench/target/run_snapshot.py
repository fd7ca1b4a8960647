"""One run of a target's store as plain data, each part guarded by itself."""

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
    """Calls what may raise, and keeps what was raised as problems."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def __call__(self, what: str, call: Callable[[], T], otherwise: T) -> T:
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - a part that cannot be read is a finding
            self.problems.append(f"{what} cannot be read: {one_line(error)}")
            return otherwise


def snapshot_run(entry: Entry, wanted: Wanted) -> StoredRun:
    """Read one run as deep as wanted."""
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
    """What can be read by these names; a name under which nothing is read is left out."""
    artifacts = _read_by_name(names.artifacts, lambda name: _loaded("unlisted", None, entry.load, name))
    data = _read_by_name(names.data, lambda name: _loaded("data", None, entry.data_named, name))
    return Unlisted(
        series=_read_by_name(names.series, lambda name: tuple(entry.series_named(name))),
        artifacts={name: found for name, found in artifacts.items() if found.problem is None},
        data={name: found for name, found in data.items() if found.problem is None},
        ways=entry.ways,
    )


def _read_by_name(names: Iterable[str], read: Callable[[str], T]) -> dict[str, T]:
    found = {}
    for name in sorted(names):
        with contextlib.suppress(Exception):  # nothing under this name: who asked knows what was to be there
            found[name] = read(name)
    return found


def _series(entry: Entry) -> dict[str, Series]:
    return {name: tuple(points) for name, points in entry.series().items()}


def _data(entry: Entry, guard: _Guard) -> dict[str, StoredArtifact]:
    values: Mapping[str, Any] = guard("data", entry.data, {})
    return {name: _loaded("data", None, values.get, name) for name in values}


def _artifacts(entry: Entry, guard: _Guard) -> dict[str, StoredArtifact]:
    """What the store lists, loaded; and what only the record lists, as a problem."""
    found: dict[str, StoredArtifact] = {}
    descriptors: Iterable[Any] = guard("the list of artifacts", entry.descriptors, [])
    for listed in descriptors:
        if listed.name in found:
            guard.problems.append(f"the store lists artifact {listed.name!r} twice")
        found[listed.name] = _loaded(listed.kind, _size(listed), entry.load, listed.name)
    for claimed in entry.record.artifacts:
        if claimed.name not in found:
            read = _loaded(claimed.kind, _size(claimed), entry.load, claimed.name)
            how = "is read by its name" if read.problem is None else f"cannot be read by its name: {read.problem}"
            found[claimed.name] = replace(read, problem=f"the record lists it, the store does not, and it {how}")
    return found


def _size(descriptor: Any) -> int | None:
    """In bytes; metalab says `size_bytes`, others `size`."""
    size = getattr(descriptor, "size_bytes", None)
    return getattr(descriptor, "size", None) if size is None else size


def _loaded(kind: str, size: int | None, load: Callable[[str], Any], name: str) -> StoredArtifact:
    try:
        return StoredArtifact(kind, size, digest(load(name)))
    except Exception as error:  # noqa: BLE001 - an artifact that cannot be read is a finding
        return StoredArtifact(kind, size, problem=one_line(error))


def _error(error: Any) -> Mapping[str, Any] | None:
    if error is None or isinstance(error, Mapping):
        return None if error is None else dict(error)
    return {"message": str(error)}
