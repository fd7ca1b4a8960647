"""A private PostgreSQL cluster: what it answers, where its clients find it, and what a crash leaves of its data."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from pytest_optbench.errors import MissingServerError, ServerError
from pytest_optbench.stress.servers import guardian, postgres
from pytest_optbench.stress.servers.postgres import Ending, Postgres, postgres_binaries, private_postgres


def test_rows_of_the_last_statement_are_returned_as_text(postgres_server: Postgres) -> None:
    assert postgres_server.sql("CREATE TEMP TABLE t (a int, b text); SELECT 1, 'a b'") == [["1", "a b"]]


def test_a_statement_that_is_refused_raises_what_the_server_says(postgres_server: Postgres) -> None:
    with pytest.raises(ServerError, match='relation "nowhere" does not exist'):
        postgres_server.sql("SELECT * FROM nowhere")


def test_variables_of_another_server_are_not_read(postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere.invalid")
    monkeypatch.setenv("PGOPTIONS", "--nonsense")
    assert postgres_server.sql("SELECT 1") == [["1"]]


def test_a_locator_names_the_folder_of_the_socket_and_quotes_its_parameters(postgres_server: Postgres) -> None:
    url = urlsplit(postgres_server.locator("a b", file_root="/x y&z"))
    assert Path(unquote(url.netloc.partition("@")[2])) == postgres_server.socket
    assert unquote(url.path) == "/a b"
    assert parse_qs(url.query) == {"file_root": ["/x y&z"]}


def test_the_server_listens_on_no_port_and_only_its_user_reaches_the_socket(postgres_server: Postgres) -> None:
    assert postgres_server.sql("SHOW listen_addresses") == []  # a row with an empty text
    assert postgres_server.socket.stat().st_mode & 0o777 == 0o700
    assert pwd.getpwuid(postgres_server.socket.stat().st_uid).pw_name != "root"


@pytest.mark.parametrize("ending", ["fast", "immediate", "kill"])
def test_committed_rows_outlive_a_restart(postgres_server: Postgres, ending: Ending) -> None:
    postgres_server.sql(f"CREATE TABLE {ending} AS SELECT 7 AS kept")
    postgres_server.stop(ending)
    assert not postgres_server.answers()
    postgres_server.start()
    assert postgres_server.sql(f"SELECT kept FROM {ending}") == [["7"]]


def test_settings_of_a_cluster_are_those_that_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spaced = tmp_path / "with a blank"
    spaced.mkdir()
    monkeypatch.setenv("TMPDIR", str(spaced))
    try:
        with private_postgres(max_connections=7) as cluster:
            assert cluster.sql("SHOW max_connections") == [["7"]]
    except MissingServerError as missing:
        pytest.skip(f"not applicable: {missing}")


def test_a_machine_without_the_server_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path)
    with pytest.raises(MissingServerError, match="there is no initdb on this machine: apt-get install postgresql"):
        postgres_binaries()


def test_the_newest_of_several_versions_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("9", "15", "13"):
        binary = tmp_path / version / "bin" / "initdb"
        binary.parent.mkdir(parents=True)
        binary.touch(mode=0o755)
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path)
    assert postgres_binaries() == tmp_path / "15" / "bin"


def test_root_without_a_user_for_the_server_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(MissingServerError, match="there is no user no-such-user: add one"):
        guardian.unprivileged_user("no-such-user")
