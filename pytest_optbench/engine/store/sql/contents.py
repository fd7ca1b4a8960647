"""What the files of a run hold: the small ones follow each other in its row, the large ones are kept by their hash."""

from __future__ import annotations

import hashlib
import io
from typing import IO, Any, Protocol

from pytest_optbench.engine.model.records import Artifact, RunRecord, StoredFile
from pytest_optbench.engine.store.check import difference
from pytest_optbench.engine.store.record_scan import proves_damage
from pytest_optbench.errors import CorruptRecordError, StoreError

from . import rows
from .large_files import LargeFiles


class Place(Protocol):
    """What opening a file needs of a store."""

    @property
    def large_files(self) -> LargeFiles:
        """Where large files are."""

    def where(self, run_id: str) -> str:
        """Return where a run is."""


class ContentRow(Protocol):
    """The two columns of a run that tell what its files hold."""

    @property
    def rest(self) -> str:
        """The JSON that names its large files."""

    @property
    def content(self) -> Any:
        """The bytes of its small files; None where it has none."""


def files_of(record: RunRecord) -> list[Artifact | StoredFile]:
    """Return all files of a run, in the order in which the small ones follow each other in its row."""
    return [*record.artifacts, *record.data, *record.files]


def opened(place: Place, record: RunRecord, row: ContentRow, listed: Artifact | StoredFile) -> IO[bytes]:
    """Open a file of a run, once its size and hash are found to be those of its record.

    Raises:
        CorruptRecordError: they are not, or it is missing.
        StoreError: it cannot be read, which is no proof of damage.
    """
    what = f"{place.where(record.run_id)}: {listed.file!r}"
    large = rows.large_files(row.rest)
    if listed.file in large:
        return _large(place, listed, what)
    start = 0
    for other in files_of(record):
        if other.file == listed.file:
            break
        start += 0 if other.file in large else other.size
    data = bytes(row.content or b"")[start : start + listed.size]
    if len(data) != listed.size or hashlib.sha256(data).hexdigest() != listed.sha256:
        raise CorruptRecordError(f"{what} is not what was written: its size or its hash differs")
    return io.BytesIO(data)


def _large(place: Place, listed: Artifact | StoredFile, what: str) -> IO[bytes]:
    try:
        file = place.large_files.open(listed.sha256)
    except OSError as error:
        kind = CorruptRecordError if proves_damage(error) else StoreError
        raise kind(f"{what} cannot be opened: {error.strerror or error}") from error
    problem = difference(file, listed)
    if problem is not None:
        file.close()
        raise CorruptRecordError(f"{what} {problem}")
    file.seek(0)
    return file
