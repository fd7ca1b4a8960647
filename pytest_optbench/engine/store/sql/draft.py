"""A draft: small files in memory until they are published, large ones spooled to the disk as they come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import IO, Any, Final

from pytest_optbench.engine.model.records import StoredFile
from pytest_optbench.engine.store.draft import write_streamed
from pytest_optbench.engine.store.protocol import Bytes
from pytest_optbench.errors import StoreError

from .large_files import LargeFiles, drop_spooled

LARGE: Final = 1 << 18  # bytes: a file of more is kept next to the rows
IN_MEMORY: Final = 1 << 22  # bytes of one run that wait in memory; files after them are kept next to the rows too


class SqlDraft:
    """What one attempt at a run wrote."""

    def __init__(self, run_id: str, large_files: LargeFiles) -> None:
        self.run_id = run_id
        self.broken: StoreError | None = None  # the first file that could not be written
        self.small: dict[str, bytes] = {}
        self.large: dict[str, tuple[str, IO[bytes]]] = {}  # by file: its hash, and what was spooled
        self.in_memory = 0
        self._large_files = large_files
        self._open: list[SqlFile] = []

    def open(self, file: str) -> SqlFile:
        """Start a file of that name, in place of an earlier one."""
        started = SqlFile(self, file)
        self._open.append(started)
        return started

    def write(self, file: str, chunks: Iterable[Bytes]) -> StoredFile:
        """Write a whole file from its chunks; after an error nothing of it remains."""
        return write_streamed(SqlFile(self, file), chunks)

    def remove(self, file: str) -> None:
        """Drop a file that was written before."""
        small = self.small.pop(file, None)
        if small is not None:
            self.in_memory -= len(small)
            return
        if file not in self.large:
            raise StoreError(f"run {self.run_id} wrote no file {file!r}")
        drop_spooled(self.large.pop(file)[1])

    def close(self) -> None:
        """Drop what is left, when the draft is published or discarded."""
        for file in self._open:
            file.abandon()
        for _, spooled in self.large.values():
            drop_spooled(spooled)
        self.small, self.large = {}, {}

    def spool(self) -> IO[bytes]:
        """Open a file for what is too large to wait in memory."""
        return self._large_files.spool()

    def failure(self, file: str, error: OSError) -> StoreError:
        """Return the error to raise for a file that the disk refused, and remember that the draft is not whole."""
        failure = StoreError(f"cannot write {file!r} of run {self.run_id}: {error.strerror or error}")
        self.broken = self.broken or failure
        return failure


class SqlFile:
    """One file of a draft, hashed as it comes."""

    def __init__(self, draft: SqlDraft, file: str) -> None:
        self._draft = draft
        self._file = file
        self._size = 0
        self._hash: Any = None  # of what was spooled
        self._pieces: list[bytes] = []
        self._spooled: IO[bytes] | None = None

    def write(self, data: Bytes) -> int:
        """Append `data`; returns its length in bytes."""
        length = len(data)
        self._size += length
        if self._spooled is None:
            if self._size <= LARGE and self._draft.in_memory + self._size <= IN_MEMORY:
                self._pieces.append(data if type(data) is bytes else bytes(data))  # what it is a view of may change
                return length
            self._begin_spooling()
        self._put(data)
        return length

    def flush(self) -> None:
        """Do nothing: nobody sees a draft in a database before it is published."""

    def close(self) -> StoredFile:
        """Finish the file and return its name, size and hash."""
        if self._spooled is None:
            content = self._draft.small[self._file] = b"".join(self._pieces)
            self._draft.in_memory += self._size
            self._pieces = []
            return StoredFile(self._file, self._size, hashlib.sha256(content).hexdigest())
        sha256 = self._hash.hexdigest()
        self._draft.large[self._file] = sha256, self._spooled
        self._spooled = None
        return StoredFile(self._file, self._size, sha256)

    def abandon(self) -> None:
        """Drop what was written so far."""
        self._pieces = []
        if self._spooled is not None:
            drop_spooled(self._spooled)
            self._spooled = None

    def _begin_spooling(self) -> None:
        try:
            self._spooled, self._hash = self._draft.spool(), hashlib.sha256()
        except OSError as error:
            raise self._draft.failure(self._file, error) from error
        for piece in self._pieces:
            self._put(piece)
        self._pieces = []

    def _put(self, data: Bytes) -> None:
        assert self._spooled is not None
        self._hash.update(data)
        try:
            written = self._spooled.write(data)
            while written < len(data):  # a disk that is full, or more than 2 GB at once
                written += self._spooled.write(memoryview(data)[written:])
        except OSError as error:
            raise self._draft.failure(self._file, error) from error
