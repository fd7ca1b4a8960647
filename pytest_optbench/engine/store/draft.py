"""A draft in a folder: files written from front to back, hashed as they are written."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
from collections.abc import Iterable
from typing import Final, Protocol

from pytest_optbench.engine.model.records import StoredFile
from pytest_optbench.errors import StoreError

from .folder import write_all
from .protocol import Bytes, DraftFile

_GATHER: Final = 1 << 16  # bytes: smaller pieces are joined, so that a small file is one write
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class FolderDraft:
    """The private folder of one attempt at a run."""

    def __init__(self, run_id: str, folder: str, *, durable: bool) -> None:
        self.run_id = run_id
        self.folder = folder
        self.broken: StoreError | None = None  # the first file that could not be written
        self._durable = durable
        self._open: list[FolderFile] = []

    def open(self, file: str) -> FolderFile:
        """Start a file of that name, in place of an earlier one."""
        started = FolderFile(self, file, durable=self._durable)
        self._open.append(started)
        return started

    def write(self, file: str, chunks: Iterable[Bytes]) -> StoredFile:
        """Write a whole file from its chunks; after an error nothing of it remains."""
        rest = iter(chunks)
        pieces, size = [], 0
        for chunk in rest:
            pieces.append(chunk)
            size += len(chunk)
            if size >= _GATHER:
                target = FolderFile(self, file, durable=self._durable)
                return write_streamed(target, itertools.chain(pieces, rest))
        return self._write_at_once(file, pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def _write_at_once(self, file: str, data: Bytes) -> StoredFile:
        """Write a small file, as most are, without what a stream needs."""
        path = f"{self.folder}/{file}"
        try:
            descriptor = create(path)
            try:
                write_all(descriptor, data)
                if self._durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(path)
            if isinstance(error, OSError):
                raise self.failure(file, error) from error
            raise
        return StoredFile(file, len(data), hashlib.sha256(data).hexdigest())

    def remove(self, file: str) -> None:
        """Drop a file that was written before."""
        try:
            os.unlink(f"{self.folder}/{file}")
        except OSError as error:
            raise self.failure(file, error) from error

    def close(self) -> None:
        """Close the files that are still open, when the draft is dropped."""
        for file in self._open:
            file.abandon()

    def failure(self, file: str, error: OSError) -> StoreError:
        """Return the error to raise for a file that the disk refused, and remember that the draft is not whole."""
        reason = error.strerror or str(error)
        failure = StoreError(f"cannot write {file!r} of run {self.run_id} into {self.folder}: {reason}")
        self.broken = self.broken or failure
        return failure


class FolderFile:
    """One file of a draft. Small pieces are gathered; large ones go straight from their memory to the file."""

    def __init__(self, draft: FolderDraft, file: str, *, durable: bool) -> None:
        self._draft = draft
        self._file = file
        self._durable = durable
        self._size = 0
        self._hash = hashlib.sha256()
        self._pieces: list[Bytes] = []
        self._gathered = 0
        self._descriptor: int | None = None
        self._torn: StoreError | None = None  # why the file holds more than was written, from then on

    def write(self, data: Bytes) -> int:
        """Append `data`; returns its length in bytes."""
        length = len(data)
        if length >= _GATHER:
            self.flush()
            self._put(data)
        else:
            self._pieces.append(data)
            self._gathered += length
            if self._gathered >= _GATHER:
                self.flush()
        return length

    def flush(self) -> None:
        """Hand what was gathered to the operating system."""
        if self._pieces:
            data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
            self._pieces, self._gathered = [], 0
            self._put(data)

    def close(self) -> StoredFile:
        """Finish the file and return its name, size and hash."""
        self.flush()
        if self._torn is not None:
            raise self._torn
        try:
            descriptor = self._opened()
            if self._durable:
                os.fsync(descriptor)
            self._descriptor = None
            os.close(descriptor)
        except OSError as error:
            raise self._draft.failure(self._file, error) from error
        return StoredFile(self._file, self._size, self._hash.hexdigest())

    def abandon(self) -> None:
        """Remove what was written so far."""
        with contextlib.suppress(OSError):
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            os.unlink(f"{self._draft.folder}/{self._file}")

    def _put(self, data: Bytes) -> None:
        try:
            descriptor = self._opened()
            write_all(descriptor, data)
        except OSError as error:
            failure = self._draft.failure(self._file, error)
            self._drop_half_write(failure)
            raise failure from error
        self._hash.update(data)
        self._size += len(data)

    def _drop_half_write(self, failure: StoreError) -> None:
        """Cut off what was written of the last piece: a disk that fills up takes a part of it."""
        if self._descriptor is None:
            return
        try:
            os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
        except OSError:
            self._torn = failure

    def _opened(self) -> int:
        if self._descriptor is None:
            self._descriptor = create(f"{self._draft.folder}/{self._file}")
        return self._descriptor


def create(path: str) -> int:
    """Open a new file for writing, in place of one that is there."""
    try:
        return os.open(path, _CREATE, 0o666)
    except FileExistsError:
        os.unlink(path)
        return os.open(path, _CREATE, 0o666)


class Abandonable(DraftFile, Protocol):
    """A file of a draft of which nothing remains where it is given up."""

    def abandon(self) -> None:
        """Remove what was written so far."""


def write_streamed(target: Abandonable, chunks: Iterable[Bytes]) -> StoredFile:
    """Write a whole file from its chunks; after an error nothing of it remains."""
    try:
        for chunk in chunks:
            target.write(chunk)
        return target.close()
    except BaseException:
        target.abandon()
        raise
