"""From what a person writes as a store to the path of a folder; whatever names no folder is refused by name."""

from __future__ import annotations

import os
import re
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pytest_optbench.errors import InvalidInputError

Locator = str | os.PathLike[str]

DISCOVER: Final = "discover"
SCHEMES: Final = frozenset(  # of what is no folder, also without "//": a Path makes "s3:/..." of "s3://..."
    (
        *("postgres", "postgresql", "mysql", "mariadb", "sqlite", "duckdb", "mongodb", "oracle", "redis", "memory"),
        *("s3", "gs", "gcs", "az", "abfs", "hdfs", "http", "https", "ftp", "sftp", "ssh"),
    )
)
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//)?", re.ASCII)  # one letter is a drive


def path_of(store: Any) -> str:
    """Return the path of the folder that a text, a path or a `file:` locator names.

    A name that holds a colon is a folder, unless it begins with the name of a kind of store or has `://` after the
    first word. Raises `InvalidInputError` for anything that is no folder, by name and before anything is made.
    """
    if not isinstance(store, str | os.PathLike):
        raise InvalidInputError(f"store={store!r}: give a folder, or FileStoreConfig(root=...)")
    text = os.fspath(store)
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise InvalidInputError(f"store={text!r}: this is the name of no folder; give its path, as text")
    if store == text and text.strip().lower() == DISCOVER:
        raise InvalidInputError(
            f"store={text!r}: this engine looks for no services; give a folder (./{DISCOVER} is one of that name)"
        )
    found = _SCHEME.match(text)
    if found is None or not (found[2] or found[1].lower() in SCHEMES | {"file"} or _drivers(found[1])):
        return text
    return _local(text, found[1])


def _local(text: str, scheme: str) -> str:
    """Return the path in a `file:` locator."""
    if scheme.lower() != "file":
        raise InvalidInputError(
            f"store {scheme}:...: this engine keeps runs in a folder, whose path you give, or in a database: "
            "sqlite:///runs.db, postgresql://user@host/name"
        )
    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost"):  # of file://runs/x, runs is the machine
        raise InvalidInputError(f"store {text}: {parts.netloc!r} is no folder there; write file:///abs/path, or ./runs")
    if not parts.path.startswith("/"):
        raise InvalidInputError(f"store {text}: this names no folder; write file:///abs/path, or ./runs")
    return unquote(parts.path)


def _drivers(scheme: str) -> bool:
    """Return whether a scheme names a database and the driver for it, as in `postgresql+psycopg`."""
    return scheme.lower().partition("+")[0] in SCHEMES
