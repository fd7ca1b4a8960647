"""A store in an SQLite database, in one file: the proof that the protocol asks for no more than a database can do.

A run is one row, its files are rows of chunks, and publishing is one transaction. Claims are the file store's byte
locks, on a file beside the database; a PostgreSQL store would take advisory locks, which end with the connection.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from pytest_optbench.engine.encoding import artifacts, series
from pytest_optbench.engine.model.records import Artifact, RunRecord, StoredFile
from pytest_optbench.engine.store import layout, record_file
from pytest_optbench.engine.store.claims import Claims
from pytest_optbench.engine.store.protocol import Problem
from pytest_optbench.errors import (
    CorruptRecordError,
    StoreError,
    UnknownArtifactError,
    UnknownDataError,
    UnknownRunError,
)

TABLES = """
CREATE TABLE IF NOT EXISTS runs (run_id TEXT PRIMARY KEY, status TEXT, record BLOB);
CREATE TABLE IF NOT EXISTS files (run_id TEXT, file TEXT, content BLOB, PRIMARY KEY (run_id, file));
"""


@dataclass(frozen=True)
class SqliteSpec:
    path: str
    experiment_id: str

    def open(self) -> SqliteStore:
        return SqliteStore(self.path, self.experiment_id)


class SqliteDraft:
    """What an attempt wrote, in memory until it is published."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.files: dict[str, bytes] = {}

    def open(self, file: str) -> SqliteFile:
        return SqliteFile(self, file)

    def write(self, file: str, chunks: Iterable[Any]) -> StoredFile:
        target = self.open(file)
        for chunk in chunks:
            target.write(chunk)
        return target.close()

    def remove(self, file: str) -> None:
        del self.files[file]


class SqliteFile:
    def __init__(self, draft: SqliteDraft, file: str) -> None:
        self._draft, self._file, self._content = draft, file, bytearray()

    def write(self, data: Any) -> int:
        self._content += data
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> StoredFile:
        content = self._draft.files[self._file] = bytes(self._content)
        return StoredFile(self._file, len(content), hashlib.sha256(content).hexdigest())


class SqliteStore:
    """The runs of one experiment in the database at `path`."""

    def __init__(self, path: str, experiment_id: str) -> None:
        self.path, self.experiment_id = path, experiment_id
        self.set_aside: list[Problem] = []
        self._claims = Claims(f"{path}.claims")
        self._one_at_a_time = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def finished(self) -> set[str]:
        return {run_id for (run_id,) in self._ask("SELECT run_id FROM runs WHERE status = 'success'")}

    def is_finished(self, run_id: str) -> bool:
        return bool(self._ask("SELECT 1 FROM runs WHERE run_id = ? AND status = 'success'", run_id))

    def claim(self, run_id: str) -> bool:
        return self._claims.acquire(layout.checked_run_id(run_id))

    def release(self, run_id: str) -> None:
        self._claims.release(run_id)

    def draft(self, run_id: str) -> SqliteDraft:
        return SqliteDraft(run_id)

    def publish(self, draft: Any, record: RunRecord) -> None:
        run_id, files = record.run_id, [(record.run_id, *item) for item in draft.files.items()]
        with self._transaction() as database:
            database.execute("DELETE FROM files WHERE run_id = ?", (run_id,))
            database.executemany("INSERT INTO files VALUES (?, ?, ?)", files)
            row = (run_id, record.status.value, record_file.encode(record))
            database.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", row)

    def discard(self, draft: Any) -> None:
        draft.files.clear()

    def run_ids(self) -> Iterator[str]:
        return (run_id for (run_id,) in self._ask("SELECT run_id FROM runs ORDER BY run_id"))

    def records(self) -> Iterator[RunRecord]:
        return map(self.get_run_record, self.run_ids())

    def list_run_records(self) -> list[RunRecord]:
        return list(self.records())

    def get_run_record(self, run_id: str) -> RunRecord:
        rows = self._ask("SELECT record FROM runs WHERE run_id = ?", layout.checked_run_id(run_id))
        if not rows:
            raise UnknownRunError(f"{self.experiment_id} has no run {run_id}")
        return record_file.decode(rows[0][0])

    def run_exists(self, run_id: str) -> bool:
        return bool(self._ask("SELECT 1 FROM runs WHERE run_id = ?", layout.checked_run_id(run_id)))

    def list_artifacts(self, run_id: str) -> list[Artifact]:
        return list(self.get_run_record(run_id).artifacts)

    def load_artifact(self, run_id: str, name: str, *, allow_pickle: bool = False) -> Any:
        kinds = {artifact.name: artifact.kind for artifact in self.get_run_record(run_id).artifacts}
        with self.open_artifact(run_id, name) as file:
            return artifacts.load(kinds[name], file, allow_pickle=allow_pickle)

    def open_artifact(self, run_id: str, name: str) -> IO[bytes]:
        listed = {artifact.name: artifact for artifact in self.get_run_record(run_id).artifacts}
        if name not in listed:
            raise UnknownArtifactError(f"artifact of run {run_id}", name, listed)
        return self._opened(run_id, listed[name])

    def load_data(self, run_id: str, name: str) -> Any:
        listed = {one.name: one for one in self.get_run_record(run_id).data}
        if name not in listed:
            raise UnknownDataError(f"data of run {run_id}", name, listed)
        return artifacts.load(listed[name].kind, self._opened(run_id, listed[name]), allow_pickle=False)

    def _opened(self, run_id: str, listed: Artifact) -> IO[bytes]:
        content = self._content(run_id, listed.file)
        if content is None or hashlib.sha256(content).hexdigest() != listed.sha256:
            raise CorruptRecordError(f"{listed.name!r} of run {run_id} is not what was written")
        return io.BytesIO(content)

    def series(self, run_id: str) -> series.Columns:
        content = self._content(run_id, layout.SERIES)
        return {} if content is None else series.read(io.BytesIO(content))

    def log(self, run_id: str) -> str:
        return (self._content(run_id, layout.LOG) or b"").decode()

    def delete_run(self, run_id: str) -> None:
        self.get_run_record(run_id)
        if not self.claim(run_id):
            raise StoreError(f"run {run_id} is being executed")
        with self._transaction() as database:
            database.execute("DELETE FROM files WHERE run_id = ?", (run_id,))
            database.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
        self.release(run_id)

    def check(self) -> list[Problem]:
        found = []
        for record in self.records():
            for listed in (*record.artifacts, *record.data, *record.files):
                content = self._content(record.run_id, listed.file)
                if content is None or hashlib.sha256(content).hexdigest() != listed.sha256:
                    found.append(Problem(f"{record.run_id}/{listed.file}", "damaged", "missing or altered"))
        return found

    def spec(self) -> SqliteSpec:
        return SqliteSpec(self.path, self.experiment_id)

    def close(self) -> None:
        self._claims.close()
        with self._one_at_a_time:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(self.path, check_same_thread=False, timeout=60, isolation_level=None)
            self._connection.executescript(f"PRAGMA journal_mode=WAL; {TABLES}")
        return self._connection

    def _content(self, run_id: str, file: str) -> bytes | None:
        rows = self._ask("SELECT content FROM files WHERE run_id = ? AND file = ?", run_id, file)
        return rows[0][0] if rows else None

    def _ask(self, question: str, *values: str) -> list[Any]:
        with self._failing(), self._one_at_a_time:
            return self._connected().execute(question, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._failing(), self._one_at_a_time:
            database = self._connected()
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}") from error
