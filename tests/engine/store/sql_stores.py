"""Databases for tests: a new one each, and one experiment of it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.engine.store.sql.config import SqlStoreConfig

EXPERIMENT = "all kinds:1"
_NUMBERS = itertools.count()


def new_database(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The locator of a database that nobody has used."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/a store/runs.db"
    server = request.getfixturevalue("postgres_server")
    name = f"test{next(_NUMBERS)}"
    server.sql(f"CREATE DATABASE {name}")
    locator: str = server.locator(name)
    return locator


def opened(locator: str, experiment_id: str = EXPERIMENT, **how: Any) -> Any:
    """The store of one experiment."""
    return SqlStoreConfig(locator, experiment_id, **how).connect()
