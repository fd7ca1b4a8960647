"""A metalab that gives up when another client holds a lock for a second."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.sql.database import Database
from pytest_optbench.engine.store.sql.postgresql import Postgresql

_connected = Postgresql.connected
_may_pass = Database._may_pass


def _impatient(self: Postgresql, connection: Any) -> None:
    _connected(self, connection)
    connection.exec_driver_sql("SET lock_timeout = 1000")


def _unless_locked(self: Database, error: Exception) -> bool:
    return "lock timeout" not in str(error) and _may_pass(self, error)


Database._may_pass = _unless_locked  # type: ignore[method-assign]
Postgresql.connected = _impatient  # type: ignore[method-assign]
