"""From what a person writes as a database to where it is; whatever names none is refused by name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pytest_optbench.errors import InvalidInputError

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
PATIENCE: Final = 60.0  # seconds for which a lost database is waited for
_SCHEME: Final = re.compile(r"(sqlite|postgresql|postgres)(\+[a-z0-9]+)?://", re.ASCII | re.IGNORECASE)
_OPTIONS: Final = frozenset({"file_root", "patience", "schema"})


@dataclass(frozen=True)
class Location:
    """Where a database is: `path` of SQLite, `url` and `schema` of PostgreSQL, the folder of large files if any."""

    kind: str
    path: str = ""
    url: str = ""
    schema: str | None = None
    file_root: str | None = None
    patience: float = PATIENCE

    def __str__(self) -> str:
        """Return the locator without a password."""
        if self.kind == SQLITE:
            return f"sqlite:///{self.path}"
        parts = urlsplit(self.url)
        if parts.password is None:
            return self.url
        return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{parts.netloc.rpartition('@')[2]}"))


def is_database(store: Any) -> bool:
    """Return whether a text is the locator of a database."""
    return isinstance(store, str) and _SCHEME.match(store) is not None


def location_of(locator: str) -> Location:
    """Return where the database of a locator is; the path of an SQLite file becomes absolute.

    `sqlite:///runs.db` is in this folder, `sqlite:////data/runs.db` is an absolute path. After a `?` may stand
    `file_root`, a folder for large files, and `patience`, the seconds for which a lost database is waited for; for
    PostgreSQL also `schema`, which is made if it is missing.

    Raises:
        InvalidInputError: it names no database.
    """
    found = _SCHEME.match(locator)
    if found is None:
        raise InvalidInputError(f"store {locator!r}: write sqlite:///runs.db or postgresql://user@host/name")
    address, _, query = locator.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    own = {name: options.pop(name) for name in _OPTIONS & options.keys()}
    root = own.get("file_root")
    common: dict[str, Any] = {
        "file_root": None if root is None else os.path.abspath(root),
        "patience": _seconds(own.get("patience"), locator),
    }
    if found[1].lower() == SQLITE:
        if unknown := [*options, *own.keys() & {"schema"}]:
            raise InvalidInputError(
                f"store {locator}: SQLite has no option {min(unknown)!r}; there is file_root=FOLDER"
            )
        return Location(SQLITE, path=_path(address[found.end() :], locator), **common)
    rest = address[found.end() :]
    return Location(
        POSTGRESQL,
        url=f"postgresql://{rest}" + (f"?{urlencode(options)}" if options else ""),
        schema=own.get("schema"),
        **common,
    )


def with_file_root(locator: str, file_root: str) -> str:
    """Return the locator of the same database, with a folder for large files."""
    return f"{locator}{'&' if '?' in locator else '?'}{urlencode({'file_root': file_root})}"


def _path(rest: str, locator: str) -> str:
    if rest in ("", "/", "/:memory:") or rest.endswith("/"):
        raise InvalidInputError(f"store {locator}: name a file, as in sqlite:///runs.db: workers share it by its path")
    if not rest.startswith("/") or "\0" in rest:
        raise InvalidInputError(f"store {locator}: three slashes begin a path, as in sqlite:///{rest}")
    return os.path.abspath(rest[1:])


def _seconds(text: str | None, locator: str) -> float:
    try:
        seconds = PATIENCE if text is None else float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise InvalidInputError(f"store {locator}: patience={text} is no number of seconds")
    return seconds
