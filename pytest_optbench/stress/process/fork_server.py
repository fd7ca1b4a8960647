"""Children by fork, from a process of their own that has imported what they need: starting Python takes far longer.

The server never runs what its children do, and forks only while it has no thread that a fork could catch half way. It
ends with the process that it serves, and the kernel then kills the children that it leaves.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_optbench.errors import ChildError

from .process_group import is_readable

ENTRY = "pytest_optbench.stress.process.fork_server_entry"
READ_LATER = ("PYTEST_CURRENT_TEST", "TMPDIR")  # variables that differ from child to child, and no import needs


class Forked:
    """A child of a server, to be used as a `subprocess.Popen`; it holds its server alive."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server = server
        self._reaping = threading.Lock()

    def wait(self) -> int:
        """Wait for its end and reap it: its exit code, or the negative number of the signal that killed it."""
        with self._reaping:
            if self.returncode is None:
                try:
                    self.returncode = int(self._server.ask("reap", self.pid))
                except ChildError:
                    self.returncode = -signal.SIGKILL  # its server is gone, and it went with it
            return self.returncode


class ForkServer:
    """A process that forks children with this environment; ended once nothing refers to it.

    Raises:
        OSError: the system can start no process.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.surroundings = _surroundings(environment)
        self._one_at_a_time = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter and a module of our own
            [sys.executable, "-P", "-m", ENTRY, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_read_now(environment),
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._process)

    def fork(self, place: Path, environment: Mapping[str, str], seconds: float) -> Forked:
        """A child that does the task in the folder `place`.

        Raises:
            OSError: this process has no working directory.
            ChildError: the server is gone, did not answer within the seconds, or could not fork.
        """
        return Forked(self, int(self.ask("fork", [str(place), os.getcwd(), dict(environment)], seconds)))  # noqa: PTH109

    def ask(self, order: str, argument: Any, seconds: float | None = None) -> Any:
        """What the server answers.

        Raises:
            ChildError: as `fork`.
        """
        told = json.loads(self._exchange(json.dumps([order, argument]).encode() + b"\n", seconds))
        if "error" in told:
            raise ChildError(f"the process that forks children could not: {told['error']}")
        return told["answer"]

    @property
    def lives(self) -> bool:
        """Whether it can still be asked."""
        return self._end.alive and self._process.poll() is None

    def end(self) -> None:
        """Kill it, with the children that it still has."""
        self._end()

    def _exchange(self, request: bytes, seconds: float | None) -> bytes:
        """Send a line and return the one that answers it; a server that gives none is ended."""
        requests, answers = self._process.stdin, self._process.stdout
        with self._one_at_a_time:
            if not self.lives or requests is None or answers is None:
                raise ChildError("the process that forks children is gone")
            line = b""
            try:
                requests.write(request)
                requests.flush()
                if is_readable(answers.fileno(), seconds):
                    line = answers.readline()
            except OSError as error:
                raise ChildError(f"the process that forks children is gone: {error}") from error
            finally:
                if not line:  # nobody would know a late answer from the next one's
                    self.end()
        if not line:
            raise ChildError(f"the process that forks children gave no answer within {seconds} s")
        return line


def fork(place: Path, environment: Mapping[str, str], seconds: float) -> Forked:
    """A child that does the task in the folder `place`, from a server with the same surroundings.

    Raises:
        OSError: the system can start no process.
        ChildError: it could not be forked within the seconds.
    """
    global _server
    with _starting:
        if _server is None or not _server.lives or _server.surroundings != _surroundings(environment):
            _server = ForkServer(environment)
        server = _server
    return server.fork(place, environment, seconds)


_server: ForkServer | None = None  # the last one; earlier ones live as long as their children are held
_starting = threading.Lock()


def _forget() -> None:
    """In a fork of this process: the server is not its own, and a thread that held the lock is not there."""
    global _server, _starting
    _server, _starting = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)


def _surroundings(environment: Mapping[str, str]) -> tuple[object, ...]:
    """What a child must have in common with its server: the interpreter, and the variables that imports may read."""
    return sys.executable, _read_now(environment)


def _read_now(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in READ_LATER}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # a fork of the process that started it kills nobody: `Popen` knows its own
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what nobody reads any more cannot be flushed
                pipe.close()
