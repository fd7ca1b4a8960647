"""A metalab whose database takes one writer at a time, and refuses the others."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import psycopg

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, store: str, **keywords: Any) -> Any:
    """Run it, unless another process does."""
    with psycopg.connect(urlsplit(store)._replace(query="").geturl()) as connection:
        if not connection.execute("SELECT pg_try_advisory_lock(7)").fetchone()[0]:  # type: ignore[index]
            raise RuntimeError("the database is locked")
        handle = _run(experiment, store=store, **keywords)
        handle.result()
        return handle
