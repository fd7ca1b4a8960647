"""Read a store back into plain snapshots: what cannot be read becomes a problem, never an exception.

One pass over the records; per run, one call for its artifacts, one a loaded artifact, one a structured
result. Targets may make more of it: metalab reads a run's list of artifacts again for each artifact.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from .dialect import Dialect, Entry, Reader
from .digest import digest
from .drive import one_line
from .overhear import overhear
from .snapshot import StoredArtifact, StoredRun, StoreSnapshot, Wanted

T = TypeVar("T")


def read(
    module: ModuleType,
    dialect: Dialect,
    store: str,
    experiment_id: str,
    wanted: Wanted,
    run_ids: Iterable[str] | None = None,
) -> StoreSnapshot:
    """Read runs of an experiment: all, or those with the given ids."""
    problems: list[str] = []
    with overhear(module) as heard:
        runs = tuple(iterate(module, dialect, store, experiment_id, wanted, run_ids, problems))
    return StoreSnapshot(runs, (*problems, *heard.messages()))


def iterate(
    module: ModuleType,
    dialect: Dialect,
    store: str,
    experiment_id: str,
    wanted: Wanted,
    run_ids: Iterable[str] | None,
    problems: list[str],
) -> Iterator[StoredRun]:
    """Read run by run; what concerns the store as a whole is added to `problems`."""
    if "://" not in store and not Path(store).is_dir():  # some targets make the folder that they are to read
        problems.append(f"there is no store at {store}")
        return
    try:
        reader = dialect.reader(module, store, experiment_id)
        for entry in _entries(reader, run_ids, problems):
            yield _stored(entry, wanted)
    except Exception as error:  # noqa: BLE001 - a store that cannot be read is a finding
        problems.append(f"the store cannot be listed: {one_line(error)}")


def _entries(reader: Reader, run_ids: Iterable[str] | None, problems: list[str]) -> Iterator[Entry]:
    if run_ids is None:
        yield from reader.entries()
        return
    for run_id in run_ids:
        try:
            entry = reader.entry(run_id)
        except Exception as error:  # noqa: BLE001 - a record that cannot be read is a finding
            problems.append(f"run {run_id} cannot be read: {one_line(error)}")
            continue
        if entry is None:
            problems.append(f"run {run_id} is not in the store")
        else:
            yield entry


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


def _stored(entry: Entry, wanted: Wanted) -> StoredRun:
    guard = _Guard()
    record = entry.record
    return StoredRun(
        run_id=record.run_id,
        status=str(getattr(record.status, "value", record.status)),
        metrics=dict(record.metrics),
        params=guard("params", entry.params, None),
        series=guard("series", lambda: _series(entry), {}) if wanted.series else {},
        artifacts=_artifacts(entry, guard) if wanted.artifacts else {},
        data=_data(entry, guard) if wanted.data else {},
        error=_error(record.error),
        started_at=record.started_at,
        finished_at=record.finished_at,
        experiment_id=record.experiment_id,
        tags=tuple(record.tags),
        fingerprints=_fingerprints(record),
        log=guard("log", entry.log, None) if wanted.logs else None,
        problems=tuple(guard.problems),
    )


def _series(entry: Entry) -> dict[str, tuple[tuple[Any, Any], ...]]:
    return {name: tuple(points) for name, points in entry.series().items()}


def _data(entry: Entry, guard: _Guard) -> dict[str, StoredArtifact]:
    values: Mapping[str, Any] = guard("data", entry.data, {})
    return {name: _loaded("data", None, functools.partial(values.get, name)) for name in values}


def _artifacts(entry: Entry, guard: _Guard) -> dict[str, StoredArtifact]:
    """What the store lists, loaded; and what only the record lists, as a problem."""
    found: dict[str, StoredArtifact] = {}
    descriptors: Iterable[Any] = guard("the list of artifacts", entry.descriptors, [])
    for listed in descriptors:
        if listed.name in found:
            guard.problems.append(f"the store lists artifact {listed.name!r} twice")
        found[listed.name] = _loaded(
            listed.kind, listed.size_bytes, functools.partial(entry.load, listed.name)
        )
    for claimed in entry.record.artifacts:
        if claimed.name not in found:
            found[claimed.name] = StoredArtifact(
                claimed.kind, claimed.size_bytes, problem="only the record lists it"
            )
    return found


def _loaded(kind: str, size: int | None, load: Callable[[], Any]) -> StoredArtifact:
    try:
        return StoredArtifact(kind, size, digest(load()))
    except Exception as error:  # noqa: BLE001 - an artifact that cannot be read is a finding
        return StoredArtifact(kind, size, problem=one_line(error))


def _error(error: Any) -> Mapping[str, Any] | None:
    if error is None or isinstance(error, Mapping):
        return None if error is None else dict(error)
    return {"message": str(error)}


def _fingerprints(record: Any) -> dict[str, str]:
    return {
        part: str(getattr(record, f"{part}_fingerprint", "") or "") for part in ("context", "params", "seed")
    }
