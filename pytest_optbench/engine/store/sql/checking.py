"""The store in a database checks itself both ways: records against files, and files against records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.store.protocol import Problem
from pytest_optbench.errors import CorruptRecordError, StoreError

from . import rows
from .contents import files_of, opened
from .large_files import unused
from .reader import ROW
from .tables import RUNS

if TYPE_CHECKING:
    from .reader import SqlReader


def check_experiment(reader: SqlReader) -> Iterator[Problem]:
    """Yield every difference between what the rows say, what they hold, and the large files that there are."""
    if reader.number() is None:
        return
    for run_id in reader.run_ids():
        try:
            yield from check_run(reader, run_id)
        except StoreError as error:
            yield Problem(reader.where(run_id), "unreadable", str(error))
    yield from _large(reader)


def check_run(reader: SqlReader, run_id: str) -> Iterator[Problem]:
    """Yield every difference between what a row says and what it holds.

    Raises:
        StoreError: a file cannot be read, which is no proof of damage.
    """
    found = list(reader.rows([*ROW, RUNS.c.content], [run_id]))
    if not found:
        return  # deleted since it was listed
    row: Any = found[0]
    *columns, content = row
    where = reader.where(run_id)
    try:
        record = rows.decode((*columns[:-1], reader.origin(columns[-1])), reader.experiment_id)
    except CorruptRecordError as error:
        yield Problem(where, "unreadable", str(error))
        return
    for listed in files_of(record):
        try:
            opened(reader, record, row, listed).close()
        except CorruptRecordError as error:
            yield Problem(f"{where}/{listed.file}", "damaged", str(error))
    large = rows.large_files(row.rest)
    expected = sum(listed.size for listed in files_of(record) if listed.file not in large)
    if len(content or b"") > expected:
        yield Problem(where, "stray", f"it holds {len(content)} bytes, its record lists {expected}")


def _large(reader: SqlReader) -> Iterator[Problem]:
    """Yield large files that no run of any experiment refers to."""
    large_files = reader.large_files
    for sha256 in sorted(reader.database.read("list large files", lambda found: unused(found, large_files))):
        yield Problem(str(reader.location), "stray", f"no run refers to the large file {sha256}; resuming removes it")
