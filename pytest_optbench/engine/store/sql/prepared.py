"""A statement that is asked once a run, compiled once: to compile it takes longer than the database does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Compiled, Connection, CursorResult


class Prepared:
    """A statement of SQLAlchemy, compiled for the database that it is first asked of."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: Compiled | None = None

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute it with values by the names of its parameters."""
        return connection.exec_driver_sql(self.text(connection), self._bound(values))

    def execute_many(self, connection: Connection, values: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each of these."""
        connection.exec_driver_sql(self.text(connection), [self._bound(row) for row in values])

    def text(self, connection: Connection) -> str:
        """Return it in the words of the database."""
        if self._compiled is None or self._compiled.dialect.name != connection.dialect.name:
            self._compiled = self._statement.compile(dialect=connection.dialect)
        return str(self._compiled)

    def _bound(self, values: Mapping[str, Any]) -> Any:
        order = getattr(self._compiled, "positiontup", None)
        return values if order is None else tuple([values[name] for name in order])
