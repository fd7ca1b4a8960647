"""The store checks itself both ways: records against files, and files against records."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO, Final, Protocol

from pytest_optbench.engine.model.records import Artifact, RunRecord, StoredFile
from pytest_optbench.errors import CorruptRecordError

from . import folder, layout
from .manifest import read_manifest
from .protocol import Problem
from .record_scan import proves_damage

_PIECE: Final = 1 << 18  # bytes read at a time


class Readable(Protocol):
    """What a check needs of a reader: where the runs are, and how one is opened and read."""

    path: str
    runs: str
    experiment_id: str

    def opened(self, run_id: str) -> AbstractContextManager[int]:
        """Hold the folder of a run open."""
        ...

    def in_place(self, run_id: str, place: int) -> bool:
        """Return whether the open folder is still the one of that run."""
        ...

    def record_in(self, place: int, run_id: str) -> RunRecord:
        """Read the record in an open folder."""
        ...


def check_experiment(reader: Readable) -> Iterator[Problem]:
    """Yield every difference between what the records say and what the folder holds.

    Drafts are not looked into: somebody may be writing there. What was set aside is no part of the store any more.
    """
    yield from _top_level(reader)
    for shard in sorted(folder.names(reader.runs)):
        place = f"{reader.runs}/{shard}"
        if not layout.is_shard(shard) or not _is_folder(place):
            yield Problem(place, "stray", "it is no part of a store")
            continue
        for name in sorted(folder.names(place)):
            if layout.is_run_id(name) and layout.shard(name) == shard:
                yield from _run(reader, name)
            else:
                yield Problem(f"{place}/{name}", "stray", "it is no run, or not at its place")


def difference(file: IO[bytes], listed: Artifact | StoredFile) -> str | None:
    """Return what is wrong with a file that a record lists, or None."""
    size = os.fstat(file.fileno()).st_size
    if size != listed.size:
        return f"has {size} bytes, its record says {listed.size}"
    hasher = hashlib.sha256()
    while piece := file.read(_PIECE):
        hasher.update(piece)
    return None if hasher.hexdigest() == listed.sha256 else "is not what was written: its hash differs"


def damage_of(reader: Readable, run_id: str) -> str | None:
    """Return which file of a run is not what its record says, and how; None if all are, or the run is gone.

    Raises:
        OSError: a file cannot be read, which is no proof of damage.
    """
    try:
        with reader.opened(run_id) as place:
            for file, expected in _listed(reader.record_in(place, run_id)).items():
                problem = _provable_damage(place, file, expected, layout.run_path(reader.path, run_id))
                if problem is not None:
                    return f"{layout.run_path(reader.path, run_id)}/{file} {problem}"
    except FileNotFoundError:
        return None
    except CorruptRecordError as error:
        return f"{layout.run_path(reader.path, run_id)}/{layout.RECORD}: {error}"
    return None


def _provable_damage(place: int, file: str, expected: Artifact | StoredFile, path: str) -> str | None:
    try:
        with os.fdopen(folder.open_file(file, place), "rb") as content:
            return difference(content, expected)
    except OSError as error:
        if not proves_damage(error):
            raise OSError(error.errno, error.strerror, f"{path}/{file}") from error
        return "is missing" if error.errno == errno.ENOENT else f"cannot be read: {error.strerror}"


def _top_level(reader: Readable) -> Iterator[Problem]:
    for name in sorted(set(folder.names(reader.path)) - layout.TOP_LEVEL):
        yield Problem(f"{reader.path}/{name}", "stray", "it is no part of a store")
    manifest = f"{reader.path}/{layout.MANIFEST}"
    try:
        _, said = read_manifest(reader.path)
    except FileNotFoundError:
        return  # made before the first run is
    except (OSError, ValueError) as error:
        yield Problem(manifest, "unreadable", str(error))
        return
    if said != reader.experiment_id:
        yield Problem(manifest, "foreign", f"it names the experiment {said!r}, not {reader.experiment_id!r}")


def _run(reader: Readable, run_id: str) -> Iterator[Problem]:
    """Yield what is wrong with one run; again, if it was replaced while it was looked at."""
    path = layout.run_path(reader.path, run_id)
    while True:
        try:
            with reader.opened(run_id) as place:
                problems = list(_contents(reader, run_id, place))
                if problems and not reader.in_place(run_id, place):
                    continue
        except FileNotFoundError:
            return  # deleted since it was listed
        except OSError as error:
            problems = [("", "unreadable", str(error))]
        yield from (Problem(f"{path}/{file}".rstrip("/"), kind, detail) for file, kind, detail in problems)
        return


def _contents(reader: Readable, run_id: str, place: int) -> Iterator[tuple[str, str, str]]:
    try:
        record = reader.record_in(place, run_id)
    except (CorruptRecordError, OSError) as error:
        yield layout.RECORD, "unreadable", str(error)
        return
    listed = _listed(record)
    for file in sorted(set(os.listdir(place)) - set(listed) - {layout.RECORD}):
        yield file, "stray", "its record does not list it"
    for file, expected in listed.items():
        problem = _damage(place, file, expected)
        if problem is not None:
            yield file, "damaged", problem


def _listed(record: RunRecord) -> dict[str, Artifact | StoredFile]:
    listed: dict[str, Artifact | StoredFile] = {one.file: one for one in (*record.artifacts, *record.data)}
    listed.update({one.file: one for one in record.files})
    return listed


def _damage(place: int, file: str, expected: Artifact | StoredFile) -> str | None:
    try:
        return _provable_damage(place, file, expected, "")
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not folder.is_link(path)
