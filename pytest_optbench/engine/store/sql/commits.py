"""Group commit: of the threads that wait to publish a run, the first commits the runs of all in one transaction.

Nobody is told that a run is stored before it is. The queue is bounded by the threads: each waits for its own run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from pytest_optbench.errors import StoreError

from .database import Database, Prepared
from .large_files import LargeFiles
from .tables import LARGE, RUNS

_MOST: Final = 64  # runs of one transaction: those that wait longer are the next ones
_REPLACED: Final = [column.name for column in RUNS.columns if column.name not in ("id", "experiment", "run_id")]


@dataclass(eq=False)
class Publication:
    """A run that waits to be committed: its row, and its large files by their hash."""

    row: Mapping[str, Any]
    large_files: LargeFiles
    large: Mapping[str, IO[bytes]]
    refuse_lost: Callable[[], object]  # raises StoreError where the claim was lost; asked with the connection at hand
    is_over: bool = False
    error: StoreError | None = field(default=None)


class Commits:
    """The runs that threads of this process publish in one store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[Publication] = []
        self._queue = threading.Lock()
        self._committing = threading.Lock()

    def commit(self, publication: Publication) -> None:
        """Return once the run is committed.

        Raises:
            StoreError: it is not, and nothing of it is in the store.
        """
        with self._queue:
            self._waiting.append(publication)
        while not publication.is_over:
            with self._committing:
                if not publication.is_over:  # nobody committed it while this thread waited
                    self._commit_some()
        if publication.error is not None:
            raise publication.error

    def _commit_some(self) -> None:
        with self._queue:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            self._commit_batch(batch)
        finally:
            for publication in batch:
                if not publication.is_over:
                    publication.is_over, publication.error = True, StoreError("the commit was interrupted")

    def _commit_batch(self, batch: Sequence[Publication]) -> None:
        try:
            self._write(batch)
        except StoreError as error:
            if len(batch) == 1:
                batch[0].error = error
            else:  # one of them is at fault: the others must not fail with it
                for publication in batch:
                    self._commit_batch([publication])
        for publication in batch:
            publication.is_over = True

    def _write(self, batch: Sequence[Publication]) -> None:
        first = batch[0].row["run_id"].hex()
        what = f"publish run {first}" + (f" and {len(batch) - 1} others" if len(batch) > 1 else "")
        if len(batch) == 1 and not batch[0].large:
            self._database.write_one(what, lambda connection: _insert(connection, batch))
            return

        def write(connection: Connection) -> None:
            if any(publication.large for publication in batch):
                self._database.kind.alone(connection)
            for publication in batch:
                for sha256, spooled in publication.large.items():
                    publication.large_files.keep(connection, spooled, sha256)
                    connection.execute(_REFER[connection.dialect.name], _reference(publication.row, sha256))
            _insert(connection, batch)

        self._database.write(what, write)


def _insert(connection: Connection, batch: Sequence[Publication]) -> None:
    for publication in batch:
        publication.refuse_lost()
    statement = _UPSERT[connection.dialect.name]
    if len(batch) == 1:
        statement.execute(connection, batch[0].row)
    else:
        statement.execute_many(connection, [publication.row for publication in batch])


def _reference(row: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    run = {name: row[name] for name in ("experiment", "run_id")}
    return {"sha256": bytes.fromhex(sha256), "attempt": row["finished_at"], **run}


def _upsert(dialect: Any) -> Prepared:
    """Return the statement that inserts a run, in place of an earlier attempt at it."""
    statement = dialect.insert(RUNS).values({name: bindparam(name) for name in ("experiment", "run_id", *_REPLACED)})
    replaced = {name: statement.excluded[name] for name in _REPLACED}
    return Prepared(statement.on_conflict_do_update(index_elements=["experiment", "run_id"], set_=replaced))


_DIALECTS: Final[Mapping[str, Any]] = {"sqlite": sqlite, "postgresql": postgresql}
_UPSERT: Final = {name: _upsert(dialect) for name, dialect in _DIALECTS.items()}
_REFER: Final = {name: dialect.insert(LARGE).on_conflict_do_nothing() for name, dialect in _DIALECTS.items()}
