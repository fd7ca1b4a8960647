"""The statements that insert what may be there already; SQLite and PostgreSQL have the same words for them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ClauseElement, bindparam

from .tables import LARGE, RUNS

_KEY: Final = ("experiment", "run_id")
_REPLACED: Final = [column.name for column in RUNS.columns if column.name not in ("id", *_KEY)]


def run_upsert(dialect: Any) -> ClauseElement:
    """Return the statement that inserts a run, in place of an earlier attempt at it; `dialect` is of SQLAlchemy."""
    statement = dialect.insert(RUNS).values({name: bindparam(name) for name in (*_KEY, *_REPLACED)})
    replaced = {name: statement.excluded[name] for name in _REPLACED}
    upsert: ClauseElement = statement.on_conflict_do_update(index_elements=_KEY, set_=replaced)
    return upsert


def reference_insert(dialect: Any) -> ClauseElement:
    """Return the statement that makes a run refer to a large file, if it does not yet."""
    values: dict[str, Any] = {column.name: bindparam(column.name) for column in LARGE.columns}
    insertion: ClauseElement = dialect.insert(LARGE).values(values).on_conflict_do_nothing()
    return insertion
