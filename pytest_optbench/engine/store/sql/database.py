"""One connection to a database, used by one thread at a time, and made again when it was lost."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import threading
import time
import weakref
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from pytest_optbench.engine.model.events import LOGGER
from pytest_optbench.engine.store.protocol import Durability
from pytest_optbench.errors import OptbenchError, StoreError

from .kind import Action, Kind, Result, transaction
from .location import SQLITE, Location

_FIRST_WAIT: Final = 0.02  # seconds; doubled each time
_LONGEST_WAIT: Final = 1.0
_FIRST_PATIENCE: Final = 15.0  # seconds: a database that was never reached is more likely a wrong address
_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()
_OF_THE_PARENT: list[Any] = []  # connections that a fork copied: closing one here would close it there


def kind_of(location: Location, durability: Durability, database: Database) -> Kind:
    """Return what is particular to this database."""
    if location.kind == SQLITE:
        from .sqlite import Sqlite

        return Sqlite(location, durability)
    from .postgresql import Postgresql

    return Postgresql(location, database)


class Database:
    """A database, by one connection. Whatever it is asked is asked again while the connection is lost."""

    def __init__(self, location: Location, durability: Durability) -> None:
        self.location = location
        self.kind = kind_of(location, durability, self)
        self._patience = min(location.patience, _FIRST_PATIENCE)  # until it was reached once
        self._errors: tuple[type[Exception], ...] = (SQLAlchemyError, OSError, *self.kind.errors)
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._mutex = threading.RLock()
        _OPEN.add(self)

    def read(self, what: str, action: Action[Result]) -> Result:
        """Return what `action` reads.

        Raises:
            StoreError: the database refuses, or cannot be reached for longer than it is waited for.
        """
        return self._lasting(what, action)

    def write(self, what: str, action: Action[Result]) -> Result:
        """Return what `action` returns once its transaction is committed; after an error nothing of it is.

        It is called again when the connection was lost, so to be called twice must not matter.

        Raises:
            StoreError: as for `read`.
        """

        def committed(connection: Connection) -> Result:
            with self.kind.turn(), transaction(connection, self.kind.begin):
                return action(connection)

        return self._lasting(what, committed)

    def write_at_once(self, what: str, action: Action[Result]) -> Result:
        """Return what `action` returns, which asks the database once: for that needs no transaction of ours."""

        def statement(connection: Connection) -> Result:
            with self.kind.turn():
                return action(connection)

        return self._lasting(what, statement)

    def if_connected(self, action: Action[object]) -> None:
        """Do what is no loss if it fails, where there is a connection."""
        with self._mutex, contextlib.suppress(*self._errors):
            if self._connection is not None:
                action(self._connection)

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        with self._mutex:
            self._drop()
            self._engine = None  # with all that it remembers of statements

    def after_fork(self) -> None:
        """Leave the connection to the parent, in a forked child."""
        _OF_THE_PARENT.append((self._engine, self._connection))
        self._engine = self._connection = None
        self._mutex = threading.RLock()
        self.kind.claims.after_fork()

    def _lasting(self, what: str, action: Action[Result]) -> Result:
        with self._mutex:
            began, wait = time.monotonic(), _FIRST_WAIT
            while True:
                try:
                    return action(self._connected())
                except OptbenchError:
                    raise
                except self._errors as error:
                    if not self._may_pass(error):
                        raise self._failure(what, error) from error
                    self._drop()
                    waited = time.monotonic() - began
                    if waited >= self._patience:
                        raise self._gone(what, error, waited) from error
                    level = logging.DEBUG if wait > _FIRST_WAIT else logging.WARNING
                    LOGGER.log(level, "%s: %s; it is tried again", self.location, _reason(error))
                time.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - so that not all of them come at once
                wait = min(2 * wait, _LONGEST_WAIT)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._engine = self._engine or self.kind.engine()
            connection = self._engine.connect()
            try:
                self.kind.connected(connection)
            except BaseException:
                connection.invalidate()
                connection.close()
                raise
            self._connection = connection
            self._patience = self.location.patience
        return self._connection

    def _may_pass(self, error: Exception) -> bool:
        if isinstance(error, DBAPIError):
            return error.connection_invalidated or (
                isinstance(error.orig, Exception) and self.kind.is_passing(error.orig)
            )
        return self.kind.is_passing(error)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                connection.close()

    def _failure(self, what: str, error: Exception) -> StoreError:
        return StoreError(f"cannot {what} in {self.location}: {_reason(error)}")

    def _gone(self, what: str, error: Exception, waited: float) -> StoreError:
        return StoreError(
            f"cannot {what}: {self.location} could not be reached for {waited:.0f} s ({_reason(error)}). What was "
            "reported as stored is there; start the sweep again once the database is back, and it does the rest"
        )


def _reason(error: Exception) -> str:
    said = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(said).split())[:300] or type(said).__name__


def _leave_to_the_parent() -> None:
    for database in list(_OPEN):
        database.after_fork()


os.register_at_fork(after_in_child=_leave_to_the_parent)
