"""Servers end with the process that started them, however it ends: no process, shared memory or folder is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_optbench.errors import MissingServerError, ServerError
from pytest_optbench.stress.servers.guardian import Guardian, short_folder
from pytest_optbench.stress.servers.postgres import private_postgres
from pytest_optbench.stress.servers.slurm import private_slurm

ENDS = 10.0  # seconds after the death of their starter in which servers have to be gone
STARTER = """
import sys, time
from pytest_optbench.stress.servers.{server} import private_{server}

with private_{server}() as server:
    print(server.folder, flush=True)
    {work}
    time.sleep(600)
"""
WORK = {
    "postgres": "server.sql('SELECT 1')",
    "slurm": "server.command('sbatch', '--output=/dev/null', '--array=0-1', '--wrap=sleep 600')",
}
SERVERS = {"postgres": private_postgres, "slurm": private_slurm}


@pytest.fixture(params=["postgres", "slurm"])
def server(request: pytest.FixtureRequest) -> str:
    try:
        with SERVERS[request.param]():
            return str(request.param)
    except MissingServerError as missing:
        pytest.skip(f"not applicable: {missing}")


def left_of(folder: Path) -> Sequence[str]:
    """The processes that have the folder in their command line or variables, and the folder itself."""
    left = [str(folder)] if folder.exists() else []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in text:
            left.append(text[:100].decode(errors="replace"))
    return left


def shared_memory_ids() -> set[str]:
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


def shared_memory_of(folder: Path) -> set[str]:
    """The id of the segment that a cluster has, which is in the last but one line of its file of the process."""
    lines = [path.read_text().splitlines() for path in folder.glob("data/postmaster.pid")]
    return {line.split()[-1] for text in lines for line in text[6:7]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_starter_is_killed(server: str, number: int) -> None:
    script = STARTER.format(server=server, work=WORK[server])
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as starter:
        assert starter.stdout is not None
        folder = Path(starter.stdout.readline().decode().strip())
        assert len(left_of(folder)) > 1
        memory = shared_memory_of(folder)
        assert memory <= shared_memory_ids()
        time.sleep(2.0 if server == "slurm" else 0.0)  # its jobs have started
        starter.send_signal(number)
    deadline = time.monotonic() + ENDS
    while left_of(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_of(folder) == []
    assert memory & shared_memory_ids() == set()


def test_a_copy_of_the_process_leaves_the_servers_alone() -> None:
    with Guardian("test") as guardian:
        if (child := os.fork()) == 0:
            guardian.close()
            os._exit(0)
        os.waitpid(child, 0)
        assert guardian.folder.is_dir()
    assert not guardian.folder.exists()


def test_a_program_that_does_not_exist_is_named() -> None:
    with Guardian("test") as guardian, pytest.raises(ServerError, match=r"cannot be started: .*no/such/program"):
        guardian.start(["/no/such/program"], output=guardian.folder / "log")


def test_what_a_server_leaves_running_is_killed_at_the_end() -> None:
    with Guardian("test") as guardian:
        guardian.start(["setsid", "--fork", "sleep", "634"], output=guardian.folder / "log")
        deadline = time.monotonic() + ENDS
        while not running("sleep\x00634") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert running("sleep\x00634")
    assert not running("sleep\x00634")


def running(command: str) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cmdline").read_text().startswith(command):
                return True
        except OSError:
            continue
    return False


def test_the_folder_is_short_enough_for_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("x" * 80)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    assert short_folder() == Path("/tmp")
