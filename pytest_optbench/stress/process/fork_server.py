"""Fork children from a server process that has imported the modules they need: starting Python takes far longer.

The server never executes the functions of its children, and forks only while it has no other thread, which a fork could
interrupt midway. It ends with the process that it serves, and the kernel then kills its children.
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
READ_LATER = ("PYTEST_CURRENT_TEST", "TMPDIR")  # differ from child to child, and no import reads them


class ForkedChild:
    """A child of a server, with the interface of `subprocess.Popen`; it keeps its server alive."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server = server
        self._reaping = threading.Lock()

    def wait(self) -> int:
        """Wait for the child and reap it; return its exit code, or the negative number of the signal that killed it."""
        with self._reaping:
            if self.returncode is None:
                try:
                    self.returncode = int(self._server.ask("reap", self.pid))
                except ChildError:
                    self.returncode = -signal.SIGKILL  # its server died, and so did the child
            return self.returncode


class ForkServer:
    """A process that forks children with this environment; it ends when the last reference to it is gone.

    Raises:
        OSError: the system cannot start a process.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.surroundings = _surroundings(environment)
        self._exchanging = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter and a module of our own
            [sys.executable, "-P", "-m", ENTRY, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_read_now(environment),
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._process)

    def fork(self, place: Path, environment: Mapping[str, str], seconds: float) -> ForkedChild:
        """Fork a child that performs the task in the folder `place`.

        Raises:
            OSError: this process has no working directory.
            ChildError: the server died, did not answer within the seconds, or could not fork.
        """
        return ForkedChild(self, int(self.ask("fork", [str(place), os.getcwd(), dict(environment)], seconds)))  # noqa: PTH109

    def ask(self, order: str, argument: Any, seconds: float | None = None) -> Any:
        """Return the server's answer to a request.

        Raises:
            ChildError: as `fork`.
        """
        reply = json.loads(self._exchange(json.dumps([order, argument]).encode() + b"\n", seconds))
        if "error" in reply:
            raise ChildError(f"the fork server could not start a child: {reply['error']}")
        return reply["answer"]

    @property
    def is_alive(self) -> bool:
        """Whether the server can still answer."""
        return self._end.alive and self._process.poll() is None

    def end(self) -> None:
        """Kill the server, with the children that it still has."""
        self._end()

    def _exchange(self, request: bytes, seconds: float | None) -> bytes:
        """Send a line and return its answer; a server that does not answer is killed."""
        requests, answers = self._process.stdin, self._process.stdout
        with self._exchanging:
            if not self.is_alive or requests is None or answers is None:
                raise ChildError("the fork server is gone")
            line = b""
            try:
                requests.write(request)
                requests.flush()
                if is_readable(answers.fileno(), seconds):
                    line = answers.readline()
            except OSError as error:
                raise ChildError(f"the fork server is gone: {error}") from error
            finally:
                if not line:  # a late answer could be taken for that to the next request
                    self.end()
        if not line:
            raise ChildError(f"the fork server did not answer within {seconds} s")
        return line


def fork(place: Path, environment: Mapping[str, str], seconds: float) -> ForkedChild:
    """Fork a child that performs the task in the folder `place`, from a server with the same surroundings.

    Raises:
        OSError: the system cannot start a process.
        ChildError: the child could not be forked within the seconds.
    """
    global _server
    with _starting:
        if _server is None or not _server.is_alive or _server.surroundings != _surroundings(environment):
            _server = ForkServer(environment)
        server = _server
    return server.fork(place, environment, seconds)


_server: ForkServer | None = None  # the last one; earlier ones live as long as their children are referenced
_starting = threading.Lock()


def _reset_after_fork() -> None:
    """Reset a fork of this process: the server is not its own, and the thread that held the lock does not exist."""
    global _server, _starting
    _server, _starting = None, threading.Lock()


os.register_at_fork(after_in_child=_reset_after_fork)


def _surroundings(environment: Mapping[str, str]) -> tuple[object, ...]:
    """Return what a child must have in common with its server: the interpreter, and variables that imports may read."""
    return sys.executable, _read_now(environment)


def _read_now(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in READ_LATER}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # does nothing in a fork of the process that started it: `Popen` checks
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # a closed pipe cannot be flushed
                pipe.close()
