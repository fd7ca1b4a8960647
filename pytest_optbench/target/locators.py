"""Stores as targets take them: absolute folders, or databases.

Scenarios name folders. Where `$OPTBENCH_DATABASE` has the locator of a database server, as under `--optbench-postgres`,
each folder becomes a store of that database: a schema of its own, with the folder for what the target keeps in files.
Where it has `sqlite:///`, as under `--optbench-store sqlite:///...`, each folder holds an SQLite database.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

DATABASE = "OPTBENCH_DATABASE"
FOLDER, SCHEMA = "file_root", "schema"  # the parameters of a locator
SQLITE = "sqlite:///"


@dataclass(frozen=True)
class DatabaseStore:
    """A store in a database: the URL of its server without parameters, its schema, and its folder for files."""

    server: str
    schema: str | None
    folder: str | None

    @classmethod
    def of(cls, locator: str) -> DatabaseStore:
        """Read a locator such as `postgresql://user@host/database?file_root=FOLDER&schema=NAME`."""
        parts = urlsplit(locator)
        given = dict(parse_qsl(parts.query))
        server = urlunsplit(parts._replace(query="", fragment=""))
        return cls(server, given.get(SCHEMA), given.get(FOLDER))

    @property
    def locator(self) -> str:
        """The locator of this store."""
        given = {FOLDER: self.folder, SCHEMA: self.schema}
        query = urlencode({name: value for name, value in given.items() if value is not None})
        return f"{self.server}?{query}" if query else self.server

    def beside(self, folder: str) -> DatabaseStore:
        """Return the store of the same server that belongs to a folder."""
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        return DatabaseStore(self.server, f"{self.schema or 'optbench'}_{name}", folder)

    def drop(self) -> None:
        """Remove the schema of this store, and those of the stores beside it."""
        import psycopg  # whatever keeps stores there has it

        with psycopg.connect(self.server, autocommit=True) as connection:
            like = f"{self.schema}%".replace("_", r"\_")
            for (name,) in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", [like]):
                connection.execute(f'DROP SCHEMA "{name}" CASCADE')


def database() -> DatabaseStore | None:
    """Return the database that holds the stores of this session; None where folders do."""
    locator = os.environ.get(DATABASE)
    return DatabaseStore.of(locator) if locator else None


def located(store: str) -> str:
    """Return a store as targets take it: an absolute path, which no target takes for a scheme, or a locator."""
    if "://" in store:
        return store
    folder, server = str(Path(store).absolute()), database()
    if server is not None and server.server.startswith("sqlite:"):
        return f"{SQLITE}{folder}/runs.db"
    return folder if server is None else server.beside(folder).locator


def remove_store(store: str) -> None:
    """Remove the store of a folder, with all that it keeps in files or in a database."""
    shutil.rmtree(store, ignore_errors=True)
    if (locator := located(store)).startswith("postgres"):
        DatabaseStore.of(locator).drop()


def open_database(module: Any, locator: str, experiment_id: str) -> Any:
    """Open a store in a database, scoped to one experiment, as `run` opens it; None where the module has no such."""
    if hasattr(module, "PostgresStoreConfig") and locator.startswith("postgres"):
        place = DatabaseStore.of(locator)
        schema = {} if place.schema is None else {"schema": place.schema}
        config = module.PostgresStoreConfig(connection_string=place.server, file_root=place.folder, **schema)
    elif hasattr(module, "SqlStoreConfig"):
        config = module.SqlStoreConfig(locator)
    elif hasattr(module, "parse_to_config"):
        config = module.parse_to_config(locator)
    else:
        return None
    return config.scoped(experiment_id).connect()
