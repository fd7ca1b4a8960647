"""Group commit: of the threads that wait to publish a run, the first commits the runs of all in one transaction.

Nobody is told that a run is stored before it is. The queue is bounded by the threads: each waits for its own run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from sqlalchemy import Connection

from pytest_optbench.errors import StoreError

from .database import Database
from .large_files import LargeFiles

_MOST: Final = 64  # runs of one transaction: those that wait longer are the next ones


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
        kind = self._database.kind
        rows = [publication.row for publication in batch]

        def refuse_lost() -> None:
            for publication in batch:
                publication.refuse_lost()

        def insert(connection: Connection) -> None:
            refuse_lost()
            kind.commit(connection, rows)

        def insert_with_large_files(connection: Connection) -> None:
            refuse_lost()
            kind.alone(connection)
            for publication in batch:
                for sha256, spooled in publication.large.items():
                    publication.large_files.keep(connection, spooled, sha256)
                    kind.refer.run(connection, _reference(publication.row, sha256))
            kind.upsert.run_many(connection, rows)

        if any(publication.large for publication in batch):
            self._database.write(what, insert_with_large_files)
        else:
            self._database.write_at_once(what, insert)


def _reference(row: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    run = {name: row[name] for name in ("experiment", "run_id")}
    return {"sha256": bytes.fromhex(sha256), "attempt": row["finished_at"], **run}
