"""What differs from database to database, and what it needs of the connection."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from .prepared import Prepared

Result = TypeVar("Result")
Action = Callable[[Connection], Result]


class Claiming(Protocol):
    """The claims that a store object holds."""

    def acquire(self, run_id: str) -> bool:
        """Acquire the claim on a run; False while another thread or a living process executes it."""

    def release(self, run_id: str) -> None:
        """Release a claim; nothing happens if it is not held."""

    def is_held(self, run_id: str) -> bool:
        """Return whether this store object holds the claim."""

    def close(self) -> None:
        """Release every claim."""

    def after_fork(self) -> None:
        """Leave the claims to the parent, in a forked child."""


@contextlib.contextmanager
def transaction(connection: Connection, begin: str) -> Iterator[None]:
    """Commit what is done in the block; after an error nothing of it is."""
    connection.exec_driver_sql(begin)
    try:
        yield
    except BaseException:
        with contextlib.suppress(SQLAlchemyError):  # the database has rolled it back by itself
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


class Kind(Protocol):
    """What differs from database to database."""

    begin: str  # begins a transaction that writes
    upsert: Prepared  # inserts a run, in place of an earlier attempt at it
    refer: Prepared  # makes a run refer to a large file
    errors: tuple[type[Exception], ...]  # that the driver raises
    experiment: int | None  # the number of the experiment whose runs are claimed
    file_root: str | None  # the folder of large files; None where the database keeps them

    @property
    def claims(self) -> Claiming:
        """The claims that this store object holds."""

    def engine(self) -> Engine:
        """Return what opens connections."""

    def exists(self) -> bool:
        """Return whether there is such a database, as far as that can be known without asking it."""

    def create(self) -> None:
        """Make the database if that is done by its users."""

    @property
    def is_read_only(self) -> bool:
        """Whether it may only be read."""

    def refuse_other(self, connection: Connection) -> None:
        """Raise `StoreError` for a database in which no table of ours has a place."""

    def make_place(self, connection: Connection) -> None:
        """Make what holds the tables, where that is not the database itself."""

    def turn(self) -> contextlib.AbstractContextManager[None]:
        """Wait for the right to write."""

    def alone(self, connection: Connection) -> None:
        """Let nobody else make tables, or add or remove large files, until the transaction ends."""

    def commit(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert these runs in a transaction; their claims may end with it."""

    def status_at_claim(self, run_id: str) -> str | None:
        """Return the status that a claimed run had, an empty one without a run; None where it has to be asked for."""

    def connected(self, connection: Connection) -> None:
        """Do what a connection that was just made needs."""

    def is_passing(self, error: Exception) -> bool:
        """Return whether an error may be over in a moment."""


class Asking(Protocol):
    """A database that can be asked, again while its connection is lost."""

    kind: Kind

    def read(self, what: str, action: Action[Result]) -> Result:
        """Return what `action` reads."""

    def if_connected(self, action: Action[object]) -> None:
        """Do what is no loss if it fails, where there is a connection."""
