"""Start servers that end with this process, however it ends: by a guardian, a process of its own that watches this one.

The guardian makes a private folder with a short path, starts the servers as its children, and at the end stops them,
kills whatever they have started, and removes the folder. The end is `close`, or the death of the process that made the
guardian, also by SIGKILL. The guardian leads a session of its own, so that neither Ctrl-C nor a signal to the group of
this process reaches it.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pytest_optbench.errors import MissingServerError, ServerError
from pytest_optbench.stress.process.process_group import has_ended, is_readable

ENTRY = Path(__file__).with_name("guardian_entry.py")
LONGEST = 60  # characters of the folder in which a server's folder is made: a socket's path has at most 107 bytes
ANSWER = 20.0  # seconds until a guardian that does not answer counts as dead
END = 15.0  # seconds for the servers to end: they are killed after 5


@dataclass(frozen=True)
class User:
    """The user that a server runs as; None keeps that of this process."""

    name: str | None
    uid: int
    gid: int


class Guardian:
    """A process that keeps servers, with their folder; as a context manager it ends them.

    Raises:
        ServerError: it cannot be started.
    """

    def __init__(self, name: str) -> None:
        self._owner = os.getpid()
        self._exchanging = threading.Lock()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the interpreter and a file of our own
                [sys.executable, "-I", str(ENTRY), str(self._owner), str(short_folder() / f"ob-{name}-")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerError(f"the process that keeps {name} cannot be started: {error}") from error
        self.folder = Path(self._received())

    def start(
        self,
        command: Sequence[str | Path],
        *,
        output: Path,
        user: User | None = None,
        environment: Mapping[str, str] | None = None,
        end: int = signal.SIGTERM,
    ) -> int:
        """Start a server in the folder and return its process id.

        Args:
            command: a program that stays in the foreground.
            output: the file to which its output is appended.
            user: run it as this user.
            environment: its variables, in place of those of this process.
            end: the signal that ends it.

        Raises:
            ServerError: it cannot be started.
        """
        rights = None if user is None or user.name is None else user
        pid: int = self._ask(
            {
                "command": [str(part) for part in command],
                "output": str(output),
                "user": None if rights is None else rights.uid,
                "group": None if rights is None else rights.gid,
                "environment": dict(os.environ if environment is None else environment),
                "end": int(end),
            }
        )
        return pid

    def signal(self, pid: int, number: int) -> bool:
        """Send a signal to a server; return whether it had not ended."""
        sent: bool = self._ask({"pid": pid, "signal": int(number)})
        return sent

    def close(self) -> None:
        """End the servers and remove the folder; a forked copy of this process leaves them alone."""
        if os.getpid() != self._owner or self._process.returncode is not None:
            return
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):  # it has ended
            os.write(self._process.stdin.fileno(), b"null\n")
        if not has_ended(self._process.pid, END):
            self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)  # the guardian did, unless it was killed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, order: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        with self._exchanging:
            try:
                os.write(self._process.stdin.fileno(), json.dumps(order).encode() + b"\n")
            except OSError as error:
                raise ServerError(f"the process that keeps the servers of {self.folder} has ended: {error}") from error
            return self._received()

    def _received(self) -> Any:
        assert self._process.stdout is not None
        stream = self._process.stdout
        line = stream.readline() if is_readable(stream.fileno(), ANSWER) else b""
        if not line:
            raise ServerError(f"the process that keeps the servers did not answer within {ANSWER:.0f} s, or ended")
        answer = json.loads(line)
        if isinstance(answer, dict):
            raise ServerError(f"a server cannot be started: {answer['error']}")
        return answer


def program(name: str, package: str, *folders: Path) -> Path:
    """Return the path of a server's program, on PATH or in one of the folders, the last one first.

    Raises:
        MissingServerError: it is not installed.
    """
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, reversed(folders))])
    found = shutil.which(name, path=places)
    if found is None:
        raise MissingServerError(f"there is no {name} on this machine: apt-get install {package}")
    return Path(found)


def unprivileged_user(*names: str) -> User:
    """Return this process's own user, or in the place of root the first of the named ones that exists.

    Raises:
        MissingServerError: none exists.
    """
    if os.geteuid() != 0:
        return User(None, os.geteuid(), os.getegid())
    for name in names:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return User(name, entry.pw_uid, entry.pw_gid)
    raise MissingServerError(f"root cannot run this server, and there is no user {' or '.join(names)}: add one")


def short_folder() -> Path:
    """Return the temporary folder, or /tmp where its path is too long for sockets or closed to other users."""
    given = Path(tempfile.gettempdir()).resolve()
    open_to_all = all(folder.stat().st_mode & 0o001 for folder in (given, *given.parents))
    suits = len(os.fsencode(given)) <= LONGEST and (open_to_all or os.geteuid() != 0)
    return given if suits else Path("/tmp")  # noqa: S108 - a folder with a new name is made there
