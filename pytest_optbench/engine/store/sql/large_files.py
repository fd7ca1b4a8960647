"""Large files, kept once by their hash: in a folder next to the database, or in pieces in the database itself.

Whoever adds or removes one does so in a transaction that nobody else's overlaps (`Kind.alone`): so a file that no
run refers to can be removed without a look at who may be about to refer to it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from typing import IO, Any, Final, Protocol

from sqlalchemy import Connection, delete, insert, select

from pytest_optbench.engine.store import folder

from .database import Database
from .tables import LARGE, PIECES

PIECE: Final = 1 << 20  # bytes of a row, and of what is in memory at a time
_DRAFTS: Final = "drafts"


class LargeFiles(Protocol):
    """Where large files are."""

    def spool(self) -> IO[bytes]:
        """Open a file that nobody else sees, for what a run writes; it is gone when its process dies."""

    def keep(self, connection: Connection, spooled: IO[bytes], sha256: str) -> None:
        """Keep what was spooled under its hash; raises `OSError`."""

    def open(self, sha256: str) -> IO[bytes]:
        """Open a large file for reading; raises `FileNotFoundError`."""

    def hashes(self, connection: Connection) -> Iterator[str]:
        """Yield the hashes of all that are kept."""

    def remove(self, connection: Connection, sha256: str) -> None:
        """Remove one that no run refers to."""

    def clear(self) -> None:
        """Clear away what dead processes spooled."""


def unused(connection: Connection, large_files: LargeFiles) -> set[str]:
    """Return the hashes of large files that no run of any experiment refers to."""
    used = {bytes(sha256).hex() for sha256 in connection.execute(select(LARGE.c.sha256).distinct()).scalars()}
    return set(large_files.hashes(connection)) - used


class FolderFiles:
    """Large files in a folder, `<two hex>/<hash>`; what is being written is in `drafts`, each file locked by its owner.

    A lock ends with its process, so a file in `drafts` that can be locked is nobody's.
    """

    def __init__(self, root: str, *, durable: bool) -> None:
        self._root = root
        self._durable = durable

    def spool(self) -> IO[bytes]:
        """Open a locked file in `drafts`."""
        folder.make_folders(f"{self._root}/{_DRAFTS}", durable=self._durable)
        file = open(f"{self._root}/{_DRAFTS}/{folder.unused_name('')}", "xb+", buffering=0)  # noqa: SIM115 - the run closes it
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file

    def keep(self, connection: Connection, spooled: IO[bytes], sha256: str) -> None:
        """Rename it to its hash; of two equal files one is kept."""
        target = self._path(sha256)
        folder.make_folders(os.path.dirname(target), durable=self._durable)
        if self._durable:
            os.fsync(spooled.fileno())
        with contextlib.suppress(FileNotFoundError):  # kept before, when the transaction was tried and not committed
            os.replace(spooled.name, target)
        if self._durable:
            folder.sync_folder(os.path.dirname(target))

    def open(self, sha256: str) -> IO[bytes]:
        """Open a large file for reading."""
        return os.fdopen(folder.open_file(self._path(sha256), None), "rb")

    def hashes(self, connection: Connection) -> Iterator[str]:
        """Yield the names of the files."""
        for shard in folder.names(self._root):
            if shard != _DRAFTS:
                yield from folder.names(f"{self._root}/{shard}")

    def remove(self, connection: Connection, sha256: str) -> None:
        """Unlink the file."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(sha256))

    def clear(self) -> None:
        """Remove the drafts that nobody locks."""
        for name in folder.names(f"{self._root}/{_DRAFTS}"):
            path = f"{self._root}/{_DRAFTS}/{name}"
            with contextlib.suppress(OSError), open(path, "rb") as file:  # kept, or removed, since it was listed
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.stat(path), os.fstat(file.fileno())):
                    os.unlink(path)

    def _path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}"


class TableFiles:
    """Large files in the database, in pieces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spool(self) -> IO[bytes]:
        """Open a file without a name."""
        return tempfile.TemporaryFile()

    def keep(self, connection: Connection, spooled: IO[bytes], sha256: str) -> None:
        """Insert the pieces, unless they are there."""
        key = bytes.fromhex(sha256)
        if connection.execute(select(PIECES.c.number).where(PIECES.c.sha256 == key).limit(1)).first():
            return
        spooled.seek(0)
        for number, piece in enumerate(iter(lambda: spooled.read(PIECE), b"")):
            connection.execute(insert(PIECES), {"sha256": key, "number": number, "content": piece})

    def open(self, sha256: str) -> IO[bytes]:
        """Copy a large file out of the database, into one without a name."""
        key, number = bytes.fromhex(sha256), 0
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the reader closes it
        while (piece := self._piece(key, number)) is not None:
            file.write(piece)
            number += 1
        if number == 0:
            file.close()
            raise FileNotFoundError(2, "no pieces of it in the database", sha256)
        file.seek(0)
        return file

    def hashes(self, connection: Connection) -> Iterator[str]:
        """Yield the hashes of which there is a first piece."""
        for (key,) in connection.execute(select(PIECES.c.sha256).where(PIECES.c.number == 0)).all():
            yield bytes(key).hex()

    def remove(self, connection: Connection, sha256: str) -> None:
        """Delete the pieces."""
        connection.execute(delete(PIECES).where(PIECES.c.sha256 == bytes.fromhex(sha256)))

    def clear(self) -> None:
        """Do nothing: a file without a name ends with its process."""

    def _piece(self, key: bytes, number: int) -> bytes | None:
        wanted = select(PIECES.c.content).where(PIECES.c.sha256 == key, PIECES.c.number == number)
        return self._database.read("read a large file", lambda connection: connection.execute(wanted).scalar())


def drop_spooled(spooled: IO[bytes]) -> None:
    """Close what was spooled, and remove it if it still has its name."""
    name: Any = spooled.name
    if isinstance(name, str):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.stat(name), os.fstat(spooled.fileno())):
                os.unlink(name)
    with contextlib.suppress(OSError):
        spooled.close()
