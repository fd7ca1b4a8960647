"""What is particular to SQLite: one file, one writer at a time, and claims as byte locks on a file next to it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.pool import NullPool

from pytest_optbench.engine.store.claims import Claims
from pytest_optbench.engine.store.protocol import Durability
from pytest_optbench.errors import StoreError

from .kind import transaction
from .location import Location
from .prepared import Prepared
from .upserts import reference_insert, run_upsert

MOUNTS: Final = "/proc/self/mountinfo"
NETWORK: Final = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "ocfs2")
)
_BUSY: Final = 60.0  # seconds for which a lock of another program on the file is waited for
_PRAGMAS: Final = ("busy_timeout=60000", "cache_size=-65536", "temp_store=MEMORY", "foreign_keys=OFF")
_LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Sqlite:
    """A database in a file: how it is opened, and who may write."""

    begin: str = "BEGIN IMMEDIATE"
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, location: Location, durability: Durability) -> None:
        self.path = location.path
        self.file_root: str | None = location.file_root or f"{self.path}.files"
        self.claims = Claims(f"{self.path}.lock")
        self.upsert, self.refer = Prepared(run_upsert(dialect)), Prepared(reference_insert(dialect))
        self.experiment: int | None = None
        self._durability = durability
        refuse_network(self.path)

    def engine(self) -> Engine:
        """Return what opens connections; a file that is missing is not made by it."""
        return create_engine("sqlite://", creator=self._connect, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def exists(self) -> bool:
        """Return whether the file is there."""
        return os.path.exists(self.path)

    def create(self) -> None:
        """Make the file with its write-ahead log, if it is missing.

        Raises:
            StoreError: the file cannot be made.
        """
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            with self.claims.housekeeping(), contextlib.closing(sqlite3.connect(self.path, timeout=_BUSY)) as made:
                made.execute("PRAGMA journal_mode=WAL")
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot make a store at {self.path}: {error}") from error

    @property
    def is_read_only(self) -> bool:
        """Whether the file is there and may only be read."""
        return self.exists() and not (os.access(self.path, os.W_OK) and os.access(os.path.dirname(self.path), os.W_OK))

    def refuse_other(self, connection: Connection) -> None:
        """Raise `StoreError` for the file of another program, which has tables and none of ours."""
        found = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'optbench_%' "
            "AND name NOT LIKE 'sqlite_%'"
        ).scalar()
        if found is not None:
            raise StoreError(
                f"{self.path} is the database of another program, with a table {found!r}; nothing in it was changed: "
                "choose another path"
            )

    def turn(self) -> contextlib.AbstractContextManager[None]:
        """Wait for the right to write: the kernel's queue is fair, while SQLite's own waiting is not."""
        return self.claims.housekeeping()

    def alone(self, connection: Connection) -> None:
        """Do nothing: whoever writes is alone."""

    def commit(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert these runs in a transaction."""
        if len(rows) == 1:  # is a transaction of its own
            self.upsert.run(connection, rows[0])
            return
        with transaction(connection, self.begin):
            self.upsert.run_many(connection, rows)

    def status_at_claim(self, run_id: str) -> None:
        """Return None: a question costs no more than to remember the answer."""

    def make_place(self, connection: Connection) -> None:
        """Do nothing: the file is the place."""

    def connected(self, connection: Connection) -> None:
        """Do nothing: claims are no part of the connection."""

    def is_passing(self, error: Exception) -> bool:
        """Return whether an error may be over in a moment."""
        return isinstance(error, sqlite3.OperationalError) and (error.sqlite_errorcode & 0xFF) in _LOCKED

    def _connect(self) -> Any:
        mode = self._read_only_mode() if self.is_read_only else "rw"
        connection = sqlite3.connect(
            f"file:{quote(self.path)}?mode={mode}",
            uri=True,
            timeout=_BUSY,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=64,
        )
        for pragma in (*_PRAGMAS, f"synchronous={'FULL' if self._durability == 'power' else 'NORMAL'}"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _read_only_mode(self) -> str:
        """Return how to open a file next to which none can be made; without a log it is whole, and nobody writes it."""
        log = f"{self.path}-wal"
        return "ro" if os.path.exists(log) and os.path.getsize(log) else "ro&immutable=1"


def refuse_network(path: str, mounts: str = MOUNTS) -> None:
    """Refuse a file on a network file system, where the shared memory of the write-ahead log is not shared.

    Raises:
        StoreError: the file is on one.
    """
    kind, mount = file_system_of(path, mounts)
    if kind in NETWORK or kind.startswith("fuse.sshfs"):
        raise StoreError(
            f"{path} is on a network file system ({kind} at {mount}), where SQLite loses data when several machines "
            "write: put the file on a disk of this machine, or use postgresql://"
        )


def file_system_of(path: str, mounts: str = MOUNTS) -> tuple[str, str]:
    """Return the type of the file system that holds a path, and where it is mounted; empty where nobody says."""
    real = os.path.realpath(path)
    best = ("", "")
    try:
        lines = Path(mounts).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return best
    for line in lines:
        before, _, after = line.partition(" - ")
        mount = before.split(" ")[4].replace("\\040", " ")
        below = real == mount or real.startswith(mount.rstrip("/") + "/")
        if below and len(mount) >= len(best[1]):  # of two at one place, the later one hides the earlier
            best = (after.split(" ")[0], mount)
    return best
