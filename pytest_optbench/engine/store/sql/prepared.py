"""A statement that is asked once a run, compiled once: to compile it takes longer than the database does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection


class Prepared:
    """A statement of SQLAlchemy, compiled for the database that it is first asked of."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._dialect = ""
        self._text = ""
        self._order: Sequence[str] | None = None  # of parameters that go by their places

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Execute it with values by the names of its parameters, and return the first row; None without one."""
        return driven(connection).execute(self.text(connection), self._bound(values)).fetchone()

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Execute it with values by the names of its parameters."""
        driven(connection).execute(self.text(connection), self._bound(values))

    def run_many(self, connection: Connection, values: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each of these."""
        driven(connection).cursor().executemany(self.text(connection), [self._bound(row) for row in values])

    def text(self, connection: Connection) -> str:
        """Return it in the words of the database."""
        dialect = connection.dialect
        if dialect.name != self._dialect:
            compiled = self._statement.compile(dialect=dialect)
            self._dialect, self._text, self._order = dialect.name, str(compiled), getattr(compiled, "positiontup", None)
        return self._text

    def _bound(self, values: Mapping[str, Any]) -> Any:
        return values if self._order is None else [values[name] for name in self._order]


def driven(connection: Connection) -> Any:
    """Return the connection of the driver: asked without SQLAlchemy, it answers in half the time."""
    return connection.connection.driver_connection
