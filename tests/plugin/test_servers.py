"""A session with a private PostgreSQL: one for all workers, gone at the end and when the session is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from plugin_runs import ENGINE, Run

from pytest_optbench.stress.servers.postgres import Postgres

DATABASE = "OPTBENCH_DATABASE"
WRITES = f"""
import os, pytest, time

@pytest.mark.parametrize("n", range(4))
def test_writes(n):
    with open("seen.txt", "a") as file:
        file.write(os.environ.get({DATABASE!r}, "none") + "\\n")
    time.sleep(float(os.environ.get("NAP", 0)))
"""


def seen(folder: Path) -> list[str]:
    path = folder / "seen.txt"
    return path.read_text().splitlines() if path.exists() else []


def folder_of(locator: str) -> Path:
    return Path(unquote(urlsplit(locator).netloc.partition("@")[2])).parent


def test_all_workers_have_one_server_which_ends_with_the_session(
    postgres_server: Postgres, run: Run, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    pytester.makepyfile(WRITES)
    run("--optbench-postgres", *workers).assert_outcomes(passed=4)
    (locator,) = set(seen(pytester.path))
    assert not folder_of(locator).exists()


def test_without_the_option_there_is_none(run: Run, pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    pytester.makepyfile(WRITES)
    run(*workers).assert_outcomes(passed=4)
    assert set(seen(pytester.path)) == {"none"}


@pytest.mark.parametrize("option", ["--optbench-explain", "--collect-only"])
def test_a_session_that_runs_nothing_starts_none(run: Run, pytester: pytest.Pytester, option: str) -> None:
    pytester.makeconftest(f"import os\ndef pytest_collection_finish(): print('database', os.environ.get({DATABASE!r}))")
    pytester.makepyfile(WRITES)
    run("--optbench-postgres", option, "-s").stdout.fnmatch_lines(["*database None*"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_session_that_was_killed(
    postgres_server: Postgres, pytester: pytest.Pytester, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(WRITES)
    monkeypatch.setenv("NAP", "60")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--metalab", ENGINE, "--optbench-postgres"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as session:
        deadline = time.monotonic() + 60
        while not seen(pytester.path) and time.monotonic() < deadline:
            time.sleep(0.05)
        folder = folder_of(seen(pytester.path)[0])
        assert folder.exists()
        session.send_signal(number)
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not folder.exists()


def test_a_metalab_without_such_a_store_is_not_applicable(run: Run, pytester: pytest.Pytester, stub: Path) -> None:
    pytester.makepyfile(
        files_only="""
        from pytest_optbench import engine
        globals().update({name: getattr(engine, name) for name in engine.__all__ if name != "SqlStoreConfig"})
        """
    )
    done = run("--optbench-postgres", "-k", "stub", "-rs", "--metalab", "files_only")
    done.stdout.fnmatch_lines(["*not applicable: *postgresql*"])


def test_a_machine_without_the_server_is_not_applicable(
    run: Run, pytester: pytest.Pytester, stub: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytester.makeconftest(
        "from pathlib import Path\n"
        "from pytest_optbench.stress.servers import postgres\n"
        "from pytest_optbench.target import Target\n"
        f"postgres.DEBIAN = Path({str(tmp_path)!r})\n"
        "Target.require = lambda *_: None\n"
    )
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    output = run("--optbench-postgres", "-k", "stub", "-rs").stdout.str()
    assert "not applicable: " in output
    assert "apt-get install postgresql" in output or "need psycopg" in output


def test_a_store_that_is_to_be_kept_is_refused(run: Run, stub: Path) -> None:
    refused = run("--optbench-postgres", "--optbench-store", "kept")
    refused.stderr.fnmatch_lines(["*--optbench-postgres with --optbench-store: *leave one of them out"])
