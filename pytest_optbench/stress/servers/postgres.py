"""A private PostgreSQL cluster: a unix socket in a private folder, no port, gone with the process that started it.

It runs as an unprivileged user where this process is root, which PostgreSQL refuses. Nothing of it is durable against a
crash of the machine: it only has to survive its own processes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode

from pytest_optbench.errors import ServerError
from pytest_optbench.stress.process.process_group import has_ended

from .guardian import Guardian, program, unprivileged_user

DEBIAN = Path("/usr/lib/postgresql")  # binaries are in VERSION/bin there, and not on PATH
OWNER = "postgres"  # the role that the cluster begins with, and its database
START = 60.0  # seconds until a cluster that does not answer counts as broken
Ending = Literal["fast", "immediate", "kill"]
ENDINGS: Mapping[Ending, int] = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}
SETTINGS: Mapping[str, object] = {
    "listen_addresses": "",
    "dynamic_shared_memory_type": "mmap",  # in the folder, not in /dev/shm
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": 100,
    "log_min_messages": "warning",
}


class Postgres:
    """A cluster that runs (see `private_postgres`); its owner may do anything in it, without a password."""

    def __init__(self, guardian: Guardian, settings: Mapping[str, object]) -> None:
        self._guardian = guardian
        self._settings = {**SETTINGS, **settings}
        self._user = unprivileged_user("postgres", "nobody")
        self._binaries = postgres_binaries()
        self._pid: int | None = None
        self.data, self.socket = self._own_folder("data"), self._own_folder("s")

    @property
    def folder(self) -> Path:
        """The folder with everything of the cluster."""
        return self._guardian.folder

    @property
    def log(self) -> str:
        """What the server has written so far."""
        path = self._guardian.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def locator(self, database: str = OWNER, **parameters: object) -> str:
        """Return the URL of a database, with its parameters; the socket's folder is in the place of a host."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"postgresql://{OWNER}@{quote(str(self.socket), safe='')}/{quote(database, safe='')}{query}"

    def sql(self, text: str, database: str = OWNER, seconds: float = 60.0) -> list[list[str]]:
        """Run statements, each in a transaction of its own, and return the rows of the last one as text.

        Raises:
            ServerError: the server cannot be reached, refuses a statement, or does not answer in time.
        """
        command = [*self.client(database), "--quiet", "--tuples-only", "--no-align", "--field-separator=\t", "--file=-"]
        try:
            done = subprocess.run(  # noqa: S603 - a program of the server
                command, input=text, capture_output=True, text=True, timeout=seconds, env=_environment()
            )
        except subprocess.TimeoutExpired as error:
            raise ServerError(f"PostgreSQL did not answer within {seconds:g} s: {text}") from error
        if done.returncode != 0:
            raise ServerError(f"PostgreSQL refuses {text!r}: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines() if line]

    def client(self, database: str = OWNER) -> list[str]:
        """Return the command of an interactive client, which reads statements from its input."""
        return [
            *(str(self._binaries / "psql"), "--no-psqlrc", "--set=ON_ERROR_STOP=1"),
            f"--host={self.socket}",
            f"--username={OWNER}",
            f"--dbname={database}",
        ]

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            ServerError: it does not.
        """
        settings = {**self._settings, "unix_socket_directories": self.socket}
        options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
        self._pid = self._guardian.start(
            [self._binaries / "postgres", "-D", self.data, *options],
            output=self._guardian.folder / "log",
            user=self._user,
            environment=_environment(),
            end=signal.SIGQUIT,
        )
        deadline = time.monotonic() + START
        while not self.answers():
            if has_ended(self._pid, 0) or time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL does not start: {self.log[-2000:]}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Return whether the server takes connections."""
        command = [str(self._binaries / "pg_isready"), "--quiet", f"--host={self.socket}"]
        return subprocess.run(command, check=False, env=_environment()).returncode == 0  # noqa: S603 - a program of the server

    def stop(self, ending: Ending = "fast") -> None:
        """End the server: `fast` closes the connections, `immediate` and `kill` are crashes; wait until it is gone.

        Raises:
            ServerError: it does not end.
        """
        if self._pid is None:
            return
        self._guardian.signal(self._pid, ENDINGS[ending])
        if not has_ended(self._pid, START):
            raise ServerError(f"PostgreSQL does not stop: {self.log[-2000:]}")
        self._pid = None

    def restart(self, ending: Ending = "fast") -> None:
        """End the server, and start it on the same data."""
        self.stop(ending)
        self.start()

    def make(self) -> None:
        """Make the cluster's files.

        Raises:
            ServerError: `initdb` fails.
        """
        command = ["initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", f"--username={OWNER}"]
        output = self._guardian.folder / "initdb"
        pid = self._guardian.start(
            [self._binaries / command[0], *command[1:], "-D", self.data],
            output=output,
            user=self._user,
            environment=_environment(),
        )
        if not has_ended(pid, START) or not (self.data / "global" / "pg_control").exists():
            raise ServerError(f"no PostgreSQL cluster can be made: {output.read_text(errors='replace')[-2000:]}")

    def tablespace(self, folder: Path, name: str) -> None:
        """Make a tablespace in an empty folder, such as a file system of its own."""
        self._give_away(folder)
        self.sql(f"CREATE TABLESPACE {name} LOCATION '{folder}'")

    def _own_folder(self, name: str) -> Path:
        folder = self._guardian.folder / name
        folder.mkdir(mode=0o700)
        self._give_away(folder)
        return folder

    def _give_away(self, folder: Path) -> None:
        if self._user.name is not None:
            os.chown(folder, self._user.uid, self._user.gid)


@contextmanager
def private_postgres(**settings: object) -> Iterator[Postgres]:
    """Start a cluster for this block; `settings` are those of the server, such as `max_connections`.

    Raises:
        MissingServerError: PostgreSQL is not installed, or no user can run it.
        ServerError: it does not start.
    """
    postgres_binaries(), unprivileged_user("postgres", "nobody")  # before a process is started for it
    with Guardian("pg") as guardian:
        postgres = Postgres(guardian, settings)
        postgres.make()
        postgres.start()
        yield postgres


def postgres_binaries() -> Path:
    """Return the folder of the server's programs.

    Raises:
        MissingServerError: it is not installed.
    """
    versions = sorted(DEBIAN.glob("*/bin"), key=lambda folder: int(folder.parent.name))
    return program("initdb", "postgresql", *versions).resolve().parent


def _environment() -> dict[str, str]:
    """Return the variables of a server: none of those that PostgreSQL reads."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
