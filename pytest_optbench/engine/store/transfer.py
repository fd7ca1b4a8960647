"""Copying runs from one store to another, each whole: record, artifacts, data, series, log, derived metrics."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from pytest_optbench.engine.encoding import artifacts
from pytest_optbench.engine.encoding.npz import npz_chunks
from pytest_optbench.engine.model.records import Artifact, RunRecord, StoredFile
from pytest_optbench.errors import InvalidInputError, StoreError

from . import layout
from .opening import FileStoreConfig, open_store, scope_of, whole_store
from .protocol import DerivedStore, Draft, ManifestStore, Store
from .sql.config import SqlStoreConfig
from .sql.location import is_database
from .verify import difference_between, same_attempt

PIECE: Final = 1 << 20  # bytes of a file that are copied at a time
Progress = Callable[[int, int], object]  # (runs copied or passed over, runs in all)


def export_store(
    source: Any,
    destination: Any,
    *,
    experiment_id: str | None = None,
    include_derived: bool = True,
    include_logs: bool = True,
    include_artifacts: bool = True,
    overwrite: bool = False,
    progress_callback: Progress | None = None,
) -> dict[str, int]:
    """Copy the runs of one experiment, or of all, and return how many runs, derived metrics, logs and artifacts.

    Source and destination are folders, configurations or open stores. A run that the destination holds is passed over,
    unless `overwrite` is set. Data and stepped metrics always go with a run.

    Raises:
        StoreError: there is no source, or a run cannot be read or written; those before it are copied.
        InvalidInputError: the source does not hold the experiment.
    """
    counts = dict.fromkeys(("runs", "derived", "logs", "artifacts"), 0)
    parts = _parts(source, experiment_id)
    total = sum(len(ids) for _, ids in parts)
    done = 0
    for part, ids in parts:
        target = open_store(destination, part.experiment_id)
        _copy_manifest(part, target)
        for run_id in ids:
            if overwrite or not target.run_exists(run_id):
                copied = _Copy(part, target, include_artifacts, include_logs).run(run_id)
                counts["runs"] += 1
                counts["artifacts"] += len(copied.artifacts)
                counts["logs"] += any(file.file == layout.LOG for file in copied.files)
                counts["derived"] += include_derived and _copy_derived(part, target, run_id)
            done += 1
            if progress_callback is not None:
                progress_callback(done, total)
        target.close()
    return counts


def transfer(
    source: Any, destination: Any, *, experiment_id: str | None = None, progress_callback: Progress | None = None
) -> dict[str, int]:
    """Copy runs whole from any kind of store to any other, and compare each as both stores give it back.

    After a stop, start it again: runs whose same attempt the destination holds are passed over. Returns how many runs
    were copied, and how many were there.

    Raises:
        StoreError: a run cannot be read, is being executed, or is not given back as it was; those before it are copied.
        InvalidInputError: the source does not hold the experiment.
    """
    counts = {"copied": 0, "present": 0}
    parts = _parts(source, experiment_id)
    total = sum(len(ids) for _, ids in parts)
    for part, ids in parts:
        target = open_store(destination, part.experiment_id)
        _copy_manifest(part, target)
        for run_id in ids:
            if target.run_exists(run_id) and same_attempt(part.get_run_record(run_id), target.get_run_record(run_id)):
                counts["present"] += 1
            else:
                _transfer_run(part, target, run_id)
                counts["copied"] += 1
            if progress_callback is not None:
                progress_callback(sum(counts.values()), total)
        target.close()
    return counts


def import_store(destination: Any, source: Any, **how: Any) -> dict[str, int]:
    """Copy runs from `source` into `destination`; see `export_store`, which has them the other way around."""
    return export_store(source, destination, **how)


def create_store(locator: Any, **config: Any) -> Any:
    """Open the store that a locator names: of one experiment where `experiment_id` is given, of all otherwise."""
    return parse_to_config(locator, **config).connect()


def parse_to_config(locator: Any, **config: Any) -> FileStoreConfig | SqlStoreConfig:
    """Return the configuration of the store that a locator names."""
    return SqlStoreConfig(locator, **config) if is_database(locator) else FileStoreConfig(root=locator, **config)


class _Copy:
    """Copies runs between two stores of one experiment."""

    def __init__(self, source: Store, target: Store, include_artifacts: bool, include_logs: bool) -> None:
        self._source = source
        self._target = target
        self._include_artifacts = include_artifacts
        self._include_logs = include_logs

    def run(self, run_id: str) -> RunRecord:
        """Copy a run, and return its record as it is in the target."""
        record = self._source.get_run_record(run_id)
        if not self._target.claim(run_id):
            raise StoreError(
                f"run {run_id} is being executed in the store that it is to be copied to: wait for its end"
            )
        try:
            draft = self._target.draft(run_id)
            taken: set[str] = set()
            listed = record.artifacts if self._include_artifacts else ()
            record = dataclasses.replace(
                record,
                artifacts=tuple([self._artifact(draft, artifact, taken) for artifact in listed]),
                data=tuple([self._data(draft, one, taken) for one in record.data]),
                files=tuple(self._own_files(draft, record)),
            )
            self._target.publish(draft, record)
        finally:
            self._target.release(run_id)
        return record

    def _artifact(self, draft: Draft, artifact: Artifact, taken: set[str]) -> Artifact:
        with self._source.open_artifact(draft.run_id, artifact.name) as file:
            return _kept(draft, artifact, iter(lambda: file.read(PIECE), b""), taken)

    def _data(self, draft: Draft, one: Artifact, taken: set[str]) -> Artifact:
        value = self._source.load_data(draft.run_id, one.name)
        return _kept(draft, one, artifacts.to_chunks(value, one.kind, f"data {one.name!r}")[1], taken)

    def _own_files(self, draft: Draft, record: RunRecord) -> Iterator[StoredFile]:
        if record.series:
            arrays: dict[str, Any] = {}
            for name, (steps, values) in self._source.series(record.run_id).items():
                arrays[f"{name}.steps"], arrays[f"{name}.values"] = steps, values
            yield draft.write(layout.SERIES, npz_chunks(arrays, "series"))
        log = self._source.log(record.run_id) if self._include_logs else ""
        if log:
            yield draft.write(layout.LOG, (log.encode("utf-8", "backslashreplace"),))


def _transfer_run(source: Store, target: Store, run_id: str) -> None:
    _Copy(source, target, include_artifacts=True, include_logs=True).run(run_id)
    _copy_derived(source, target, run_id)
    different = difference_between(source, target, run_id)
    if different is not None:
        raise StoreError(f"run {run_id} was copied, but its {different} is not given back as it was: transfer it again")


def _kept(draft: Draft, artifact: Artifact, chunks: Iterable[Any], taken: set[str]) -> Artifact:
    file = layout.artifact_file(artifact.name, f".{artifact.format}", taken)
    taken.add(file.lower())
    stored = draft.write(file, chunks)
    return dataclasses.replace(artifact, file=stored.file, size=stored.size, sha256=stored.sha256)


def _copy_manifest(source: Store, target: Store) -> None:
    if isinstance(source, ManifestStore) and isinstance(target, ManifestStore):
        manifest = source.get_experiment_manifest(source.experiment_id)
        if manifest is not None:
            target.put_experiment_manifest(source.experiment_id, manifest)


def _copy_derived(source: Store, target: Store, run_id: str) -> bool:
    derived = source.get_derived(run_id) if isinstance(source, DerivedStore) else None
    if not derived:
        return False
    if not isinstance(target, DerivedStore):
        raise InvalidInputError(f"{target!r} keeps no derived metrics: export with include_derived=False")
    target.put_derived(run_id, derived)
    return True


def _parts(source: Any, experiment_id: str | None) -> list[tuple[Store, list[str]]]:
    scoped = experiment_id or scope_of(source)
    if scoped is not None:
        found: list[Store] = [open_store(source, scoped, create=False)]
    else:
        found = list(whole_store(source).parts())
    return [(part, list(part.run_ids())) for part in found]
