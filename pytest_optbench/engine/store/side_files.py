"""Files next to the runs: what the experiment is, and metrics that were derived from runs after they had ended.

Each is one line of strict JSON, replaced whole. They belong to no run's record, so nothing that is written here changes
what a run is.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from typing import Any, Protocol

from pytest_optbench.engine.encoding.strict_json import dumps, loads
from pytest_optbench.engine.model.records import RunRecord
from pytest_optbench.errors import CorruptRecordError, InvalidInputError, StoreError

from . import folder, layout
from .record_scan import is_shortage, read_file


class Reader(Protocol):
    """What reading these files needs of a store."""

    path: str
    experiment_id: str

    def get_run_record(self, run_id: str) -> RunRecord:
        """Return the record of a run."""
        ...


class Writer(Protocol):
    """What writing a file needs of a store."""

    path: str
    syncs: bool

    def spare(self) -> str:
        """Return a path on the same disk, for what is being written."""
        ...


class Keeper(Reader, Writer, Protocol):
    """What keeping derived metrics needs of a store."""


def write_derived(store: Keeper, run_id: str, derived: Mapping[str, Any]) -> None:
    """Keep derived metrics of a run, in place of earlier ones.

    Raises:
        UnknownRunError: there is no such run.
        InvalidInputError: a name is no text, or a value cannot be kept.
        OSError: they cannot be written.
    """
    for name in derived:
        if not isinstance(name, str):
            raise InvalidInputError(f"derived metric {name!r} of run {run_id}: names are strings")
    said = {"of": _attempt(store, run_id), "derived": dict(derived)}
    text = dumps(said, f"derived metrics of run {run_id}")
    target = layout.derived_path(store.path, run_id)
    folder.make_folders(os.path.dirname(target), durable=store.syncs)
    replace_file(store, target, text)


def read_derived(store: Reader, run_id: str) -> dict[str, Any] | None:
    """Return the derived metrics of a run; None where there are none, or those of an earlier attempt at it.

    Raises:
        StoreError: they cannot be read.
    """
    said = _read(layout.derived_path(store.path, run_id))
    if said is None or said.get("of") != _attempt(store, run_id):
        return None
    return dict(said["derived"])


def remove_derived(store: Reader, run_id: str) -> None:
    """Remove the derived metrics of a run, if there are any."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(layout.derived_path(store.path, run_id))


def write_experiment(store: Writer, manifest: Mapping[str, Any]) -> None:
    """Keep what describes the experiment, in place of what was said before; what no JSON can say is described.

    Raises:
        OSError: it cannot be written.
    """
    replace_file(store, f"{store.path}/{layout.EXPERIMENT}", dumps(dict(manifest), "manifest", lenient=True))


def read_experiment(store: Reader) -> dict[str, Any] | None:
    """Return what describes the experiment; None where nobody said.

    Raises:
        StoreError: it cannot be read.
    """
    return _read(f"{store.path}/{layout.EXPERIMENT}")


def replace_file(store: Writer, target: str, text: str) -> None:
    """Write a file whole, or not at all, while housekeeping is held: what is being written may else be cleared away.

    Raises:
        OSError: it cannot be written.
    """
    written = store.spare()
    with open(written, "x", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        if store.syncs:
            os.fsync(file.fileno())
    os.replace(written, target)
    if store.syncs:
        folder.sync_folder(os.path.dirname(target))


def _attempt(store: Reader, run_id: str) -> str:
    """Return what tells one attempt at a run from another."""
    return store.get_run_record(run_id).finished_at.isoformat()


def _read(path: str) -> dict[str, Any] | None:
    try:
        said = loads(read_file(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError) as error:
        kind = StoreError if is_shortage(error) else CorruptRecordError
        raise kind(f"{path} cannot be read: {error}") from error
    if not isinstance(said, dict):
        raise CorruptRecordError(f"{path} is not what was written: remove it")
    return said


class SideFiles:
    """A store that knows what is next to its runs."""

    def get_derived(self: Reader, run_id: str) -> dict[str, Any] | None:
        """Return the metrics that were derived from a run; None where there are none."""
        return read_derived(self, run_id)

    def derived_exists(self, run_id: str) -> bool:
        """Return whether metrics were derived from this run, as it is now."""
        return self.get_derived(run_id) is not None  # type: ignore[misc]  # of whoever inherits it

    def get_experiment_manifest(self: Reader, experiment_id: str) -> dict[str, Any] | None:
        """Return what describes the experiment; None where nobody said, or for another one."""
        return read_experiment(self) if experiment_id == self.experiment_id else None
