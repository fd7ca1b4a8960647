"""The tables: a run is one row, and what its files hold is the last column of it, unless they are large.

    optbench_schema       the version of these tables, and a token that no other database has
    optbench_experiments  the id of each experiment, and its manifest
    optbench_origins      what many runs share: the fingerprint of their context and what produced them
    optbench_runs         a row a run: run_id as 16 bytes, times in microseconds of UTC, the rest as strict JSON
    optbench_derived      metrics that were derived from runs, each of one attempt (the time of its end)
    optbench_large        which runs refer to a large file, by its hash
    optbench_pieces       large files in pieces, where they are kept in the database and not in a folder

Rows are appended, not kept in order of run ids, which are hashes: so a sweep writes at one place of the table, and only
the index of 16 bytes a run is written all over.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from pytest_optbench.errors import StoreError

VERSION: Final = 1
METADATA: Final = MetaData()
_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by a column of this very type

SCHEMA: Final = Table(
    "optbench_schema", METADATA, Column("version", Integer, nullable=False), Column("token", Text, nullable=False)
)
EXPERIMENTS: Final = Table(
    "optbench_experiments",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    Column("experiment_id", Text, nullable=False, unique=True),
    Column("manifest", Text),
)
ORIGINS: Final = Table(
    "optbench_origins",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    Column("content", Text, nullable=False, unique=True),
)
RUNS: Final = Table(
    "optbench_runs",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    Column("experiment", _NUMBER, ForeignKey(EXPERIMENTS.c.id), nullable=False),
    Column("run_id", LargeBinary(16), nullable=False),
    Column("status", Text, nullable=False),
    Column("origin", _NUMBER, ForeignKey(ORIGINS.c.id), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger, nullable=False),
    Column("duration_ms", Double, nullable=False),
    Column("params", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("rest", Text, nullable=False),
    Column("checksum", BigInteger, nullable=False),
    Column("content", LargeBinary),
    UniqueConstraint("experiment", "run_id", name="optbench_runs_by_id"),
)
Index(
    "optbench_runs_unsuccessful",
    RUNS.c.experiment,
    RUNS.c.run_id,
    sqlite_where=RUNS.c.status != "success",
    postgresql_where=RUNS.c.status != "success",
)
DERIVED: Final = Table(
    "optbench_derived",
    METADATA,
    Column("experiment", _NUMBER, ForeignKey(EXPERIMENTS.c.id), primary_key=True),
    Column("run_id", LargeBinary(16), primary_key=True),
    Column("attempt", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
)
LARGE: Final = Table(
    "optbench_large",
    METADATA,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("experiment", _NUMBER, ForeignKey(EXPERIMENTS.c.id), primary_key=True),
    Column("run_id", LargeBinary(16), primary_key=True),
    Column("attempt", BigInteger, primary_key=True),
)
PIECES: Final = Table(
    "optbench_pieces",
    METADATA,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

MIGRATIONS: Final[dict[int, Callable[[Connection], object]]] = {}  # from each earlier version to the one after it


def version_of(connection: Connection) -> int | None:
    """Return the version of the tables; None where there are none."""
    if not inspect(connection).has_table(SCHEMA.name):
        return None
    return connection.execute(select(SCHEMA.c.version)).scalar()


def set_up(connection: Connection, place: str) -> None:
    """Make the tables, or bring those of an earlier version to this one, in a transaction of the caller's.

    Raises:
        StoreError: they are of a later version.
    """
    found = version_of(connection)
    if found is None:
        METADATA.create_all(connection)
        connection.execute(insert(SCHEMA).values(version=VERSION, token=secrets.token_hex(8)))
        return
    refuse_later(found, place)
    for version in range(found, VERSION):
        MIGRATIONS[version](connection)
        connection.execute(update(SCHEMA).values(version=version + 1))


def refuse_later(version: int, place: str) -> None:
    """Raise `StoreError` for tables of a later version."""
    if version > VERSION:
        raise StoreError(
            f"{place} was written by a later version of this engine (its tables have version {version}; this one reads "
            f"version {VERSION}); nothing in it was changed: update pytest-optbench, or choose another database"
        )
