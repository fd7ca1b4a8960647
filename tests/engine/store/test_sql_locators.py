"""Locators of databases: what they name, and what is refused by name."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.engine.store import create_store, parse_to_config
from pytest_optbench.engine.store.sql.config import SqlStoreConfig
from pytest_optbench.engine.store.sql.location import is_database, location_of
from pytest_optbench.engine.store.sql.sqlite import file_system_of, refuse_network
from pytest_optbench.errors import InvalidInputError, StoreError

MOUNTS = r"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /net rw,relatime shared:2 - nfs4 server:/x rw
31 30 0:41 / /net/local\040disk rw shared:3 - ext4 /dev/vdb rw
32 22 0:42 / /ssh rw shared:4 - fuse.sshfs host: rw
"""


@pytest.mark.parametrize(
    ("locator", "path"),
    [
        ("sqlite:////data/runs.db", "/data/runs.db"),
        ("SQLite:///runs.db", f"{Path.cwd()}/runs.db"),
        ("sqlite:///a b/../c d.db?patience=3", f"{Path.cwd()}/c d.db"),
        ("sqlite+pysqlite:////x/100%.db", "/x/100%.db"),
    ],
)
def test_a_file_has_an_absolute_path(locator: str, path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = SqlStoreConfig(locator)
    monkeypatch.chdir(tmp_path)
    assert config.location.path == path
    assert str(config.location) == f"sqlite:///{path}"
    assert is_database(locator)


def test_a_server_keeps_its_options_and_hides_its_password() -> None:
    location = location_of("postgres://me:secret@host:5/runs?sslmode=require&patience=2&file_root=/big")
    assert (location.url, location.file_root) == ("postgresql://me:secret@host:5/runs?sslmode=require", "/big")
    assert location.patience == 2.0
    assert "secret" not in f"{location} {SqlStoreConfig('postgresql://me:secret@host/runs')}"


@pytest.mark.parametrize(
    "locator",
    [
        *("sqlite://", "sqlite:///", "sqlite:////", "sqlite:///:memory:", "sqlite://runs.db", "sqlite:///folder/"),
        *(
            "sqlite:///x.db?mode=ro",
            "sqlite:///x.db?schema=s",
            "sqlite:///x.db?patience=soon",
            "sqlite:///x.db?patience=-1",
            "mysql://x/y",
        ),
    ],
)
def test_what_names_no_database_is_refused(locator: str) -> None:
    with pytest.raises(InvalidInputError):
        location_of(locator)


def test_a_scheme_without_slashes_is_refused_with_the_right_form(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInputError, match=r"sqlite:///runs\.db"):
        create_store("sqlite:runs.db")
    assert list(tmp_path.iterdir()) == []
    assert isinstance(parse_to_config("sqlite:///runs.db", experiment_id="x:1"), SqlStoreConfig)
    with pytest.raises(InvalidInputError, match="durability"):
        SqlStoreConfig("sqlite:///runs.db", durability="none")  # type: ignore[arg-type]


def test_a_network_file_system_is_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert file_system_of("/net/x.db", str(mounts)) == ("nfs4", "/net")
    for path in ("/net/x.db", "/ssh/x.db"):
        with pytest.raises(StoreError, match=r"network file system .*use postgresql"):
            refuse_network(path, str(mounts))
    for path in ("/network.db", "/net/local disk/x.db"):
        refuse_network(path, str(mounts))
    assert file_system_of("/x", str(tmp_path / "none")) == ("", "")
    assert file_system_of(str(tmp_path))[0] != ""


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StoreError, match=r"needs psycopg, .*pip install 'pytest-optbench\[sql\]'"):
        create_store("postgresql://host/runs")


def test_folders_need_no_sql() -> None:
    code = "import sys; from pytest_optbench.engine import *; SqlStoreConfig('sqlite:///x.db')"
    code += "; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("name", ["sqlite", "e", "lite.db"])
def test_a_file_may_have_a_name_that_is_part_of_the_scheme(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = SqlStoreConfig(f"sqlite:///{name}?patience=2")
    assert config.locator == f"sqlite:///{tmp_path}/{name}?patience=2"
    assert config.location.path == f"{tmp_path}/{name}"
