"""The store checks itself both ways: records against files, and files against records."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from pytest_optbench.engine.records import Artifact, RunRecord, StoredFile
from pytest_optbench.errors import CorruptRecordError, StoreError

from . import folder, layout
from .protocol import Problem

if TYPE_CHECKING:
    from .file import ExperimentStore


def check_run(stream: IO[bytes], listed: Artifact | StoredFile) -> str | None:
    """What is wrong with a file that a record lists, or None."""
    hasher = hashlib.sha256()
    size = 0
    while chunk := stream.read(1 << 20):
        hasher.update(chunk)
        size += len(chunk)
    if size != listed.size:
        return f"has {size} bytes, its record says {listed.size}"
    return None if hasher.hexdigest() == listed.sha256 else "is not what was written: its hash differs"


def stray_entries(store: ExperimentStore) -> Iterator[Problem]:
    """Every difference between what the records say and what the folder holds."""
    for name in sorted(os.listdir(store.path)):
        if name not in layout.TOP_LEVEL and not name.startswith(layout.DEAD):
            yield Problem(f"{store.path}/{name}", "stray", "nothing lists it")
    for run_id in sorted(store.run_ids()):
        place = store.run_folder(run_id)
        try:
            record = store.get_run_record(run_id)
        except StoreError as error:
            yield Problem(place, "corrupt record", str(error))
            continue
        yield from _files(place, record)


def _files(place: str, record: RunRecord) -> Iterator[Problem]:
    listed: dict[str, Artifact | StoredFile] = {one.file: one for one in record.artifacts}
    listed.update({one.file: one for one in record.files})
    present = set(os.listdir(place)) - {layout.RECORD}
    for file in sorted(present - set(listed)):
        yield Problem(f"{place}/{file}", "stray", "its record does not list it")
    for file, expected in listed.items():
        problem = "is missing" if file not in present else _content(f"{place}/{file}", expected)
        if problem is not None:
            yield Problem(f"{place}/{file}", "damaged", problem)


def _content(path: str, expected: Artifact | StoredFile) -> str | None:
    try:
        with os.fdopen(folder.open_file(path, None), "rb") as stream:
            return check_run(stream, expected)
    except (OSError, CorruptRecordError) as error:
        return f"cannot be read: {error}"
