"""What is particular to PostgreSQL: a server, and claims as advisory locks of a session.

The server frees the locks of a session when its connection ends, so a claim that can be taken is proof that its last
owner is gone. A connection that was lost is made again with the claims that it had, and what the server still has of
the old session is ended first. A claim that another process took in between is lost, and its run is not published.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.dialects import postgresql as dialect
from sqlalchemy.pool import NullPool

from .kind import Asking
from .location import Location
from .prepared import Prepared, driven
from .tables import RUNS
from .upserts import reference_insert, run_upsert

_CONNECT_TIMEOUT: Final = 10  # seconds
_ALONE: Final = 0x6F707462656E6368  # the lock of whoever makes tables, or adds or removes large files
_KEEPALIVES: Final = ("tcp_keepalives_idle=30", "tcp_keepalives_interval=10", "tcp_keepalives_count=3")
_PASSING: Final = frozenset(("57P01", "57P02", "57P03", "53300", "40001", "40P01"))  # shut down, too many, deadlock
_LASTING: Final = ("does not exist", "authentication failed", "no pg_hba.conf", "could not translate", "no password")


class Postgresql:
    """A database on a server."""

    begin: str = "BEGIN"
    errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, location: Location, database: Asking) -> None:
        self.file_root = location.file_root
        self.claims = SessionClaims(database)
        self.upsert, self.refer = Prepared(run_upsert(dialect)), Prepared(reference_insert(dialect))
        self.experiment: int | None = None
        self._url, self._schema = location.url, location.schema

    def engine(self) -> Engine:
        """Return what opens connections."""
        return create_engine(
            "postgresql+psycopg://", creator=self._connect, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )

    def exists(self) -> bool:
        """Return True: whether there is such a database is known once it is asked."""
        return True

    def create(self) -> None:
        """Do nothing: databases are made by those who run the server."""

    @property
    def is_read_only(self) -> bool:
        """False: who may not write is refused by the server."""
        return False

    def refuse_other(self, connection: Connection) -> None:
        """Do nothing: the tables of several programs may be in one database."""

    def turn(self) -> contextlib.AbstractContextManager[None]:
        """Wait for nothing: many may write."""
        return contextlib.nullcontext()

    def alone(self, connection: Connection) -> None:
        """Let nobody else make tables, or add or remove large files, until the transaction ends."""
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_ALONE,))

    def make_place(self, connection: Connection) -> None:
        """Make the schema, where one is named."""
        if self._schema is not None:
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {_quoted(self._schema)}")

    def connected(self, connection: Connection) -> None:
        """Choose the schema, and take the claims of the connection that was lost."""
        if self._schema is not None:
            connection.exec_driver_sql(f"SET search_path TO {_quoted(self._schema)}")
        for setting in _KEEPALIVES:  # so that the server learns of a machine that died
            connection.exec_driver_sql(f"SET {setting}")
        self.claims.take_over(connection)

    def commit(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Commit these runs and then release their claims, in one question: the way to the server takes the time."""
        run_ids = [row["run_id"].hex() for row in rows]
        unlocks = ",".join([f"pg_advisory_unlock({_key(run_id)})" for run_id in run_ids])
        with psycopg.ClientCursor(driven(connection)) as cursor:
            inserts = ";".join([cursor.mogrify(self.upsert.text(connection), row) for row in rows])
            try:
                cursor.execute(f"BEGIN;{inserts};COMMIT;SELECT {unlocks}")
            except psycopg.Error:
                with contextlib.suppress(psycopg.Error):
                    cursor.execute("ROLLBACK")
                raise
        self.claims.ended(run_ids)

    def status_at_claim(self, run_id: str) -> str | None:
        """Return the status that a run had when it was claimed, which nobody else can have changed since."""
        return self.claims.status_of(run_id)

    def is_passing(self, error: Exception) -> bool:
        """Return whether an error may be over in a moment."""
        if not isinstance(error, psycopg.OperationalError):
            return False
        if error.sqlstate is not None:
            return error.sqlstate in _PASSING or error.sqlstate.startswith("08")
        return not any(said in str(error) for said in _LASTING)

    def _connect(self) -> Any:
        return psycopg.connect(self._url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT)


class SessionClaims:
    """The claims that a store object holds, as locks of its session."""

    def __init__(self, database: Asking) -> None:
        self._database = database
        self._session: tuple[int, Any] | None = None  # the server's process of it, and when that began
        self._held: dict[str, str] = {}  # with the status that each had when it was claimed, "" for none
        self._mutex = threading.Lock()

    def acquire(self, run_id: str) -> bool:
        """Acquire the claim on a run; False while another thread or a living process executes it."""
        with self._mutex:  # a session would be given its own lock again
            if run_id in self._held:
                return False
            status = self._database.read("claim a run", lambda connection: self._try_lock(connection, run_id))
            if status is None:
                return False
            self._held[run_id] = status
            return True

    def release(self, run_id: str) -> None:
        """Release a claim; nothing happens if it is not held."""
        with self._mutex:
            if run_id not in self._held:
                return
            del self._held[run_id]

            def unlock(connection: Connection) -> None:
                connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (_key(run_id),))

            self._database.read("release a claim", unlock)

    def is_held(self, run_id: str) -> bool:
        """Return whether this store object holds the claim."""
        return run_id in self._held

    def status_of(self, run_id: str) -> str | None:
        """Return the status that a run had when it was claimed, "" for none; None if it is not claimed."""
        return self._held.get(run_id)

    def ended(self, run_ids: Sequence[str]) -> None:
        """Note that claims were released with the commit of their runs."""
        for run_id in run_ids:
            self._held.pop(run_id, None)

    def close(self) -> None:
        """Release every claim; the end of the connection would do so too, but the server may be slow to notice."""
        if self._held:
            self._database.if_connected(_unlock_all)
        self._forget()

    def after_fork(self) -> None:
        """Leave the claims to the parent, in a forked child."""
        self._forget()
        self._mutex = threading.Lock()

    def take_over(self, connection: Connection) -> None:
        """Take the claims again after a connection was lost; those that others took in between are held no more."""
        if self._session is not None:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s",
                self._session,
            )
        for run_id, status in sorted(self._held.items()):
            if self._try_lock(connection, run_id) != status:  # somebody else has it, or had it and wrote it
                self._held.pop(run_id, None)
        found = connection.exec_driver_sql(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        ).one()
        self._session = (found.pid, found.backend_start)

    def _forget(self) -> None:
        self._held.clear()
        self._session = None

    def _try_lock(self, connection: Connection, run_id: str) -> str | None:
        return _try_lock(connection, self._database.kind.experiment, run_id)


def _try_lock(connection: Connection, experiment: int | None, run_id: str) -> str | None:
    """Take the lock of a run and return its status, "" where there is no such run; None if another session has it.

    The status is asked for in the same message, and read after the lock is there.
    """
    taking = f"SELECT pg_try_advisory_lock({_key(run_id)})"
    of_run = f"experiment = {experiment or 0:d} AND run_id = decode('{bytes.fromhex(run_id).hex()}', 'hex')"
    with driven(connection).cursor() as cursor:
        cursor.execute(f"{taking};SELECT status FROM {RUNS.name} WHERE {of_run}")  # noqa: S608 - digits alone
        is_taken = cursor.fetchone()
        cursor.nextset()
        status = cursor.fetchone()
    if is_taken is None or not is_taken[0]:
        return None
    return "" if status is None else str(status[0])


def _unlock_all(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def _key(run_id: str) -> int:
    """Return the lock of a run: the first 64 bits of its id, with a sign."""
    return int(run_id[:16], 16) - 2**63
