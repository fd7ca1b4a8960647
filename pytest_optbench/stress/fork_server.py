"""Children by fork, from a process of their own that has imported what they need: starting Python takes far longer.

The server never runs what its children do, has no thread that a fork could catch half way, and ends when the process
that it serves does: then its requests end, and the kernel kills the children that it leaves.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_optbench.errors import ChildError

ENTRY = "pytest_optbench.stress.fork_server_entry"
READ_LATER = ("PYTEST_CURRENT_TEST", "TMPDIR")  # variables that differ from child to child, and no import looks at


class Forked:
    """A child of a server, to be used as a `subprocess.Popen`; it holds its server alive."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server = server

    def wait(self) -> int:
        """Wait for its end and reap it: its exit code, or the negative number of the signal that killed it."""
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
            [sys.executable, "-P", "-m", ENTRY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._process)

    def fork(self, place: Path, environment: Mapping[str, str], seconds: float) -> Forked:
        """A child that does the task in the folder `place`.

        Raises:
            ChildError: the server is gone, or did not answer within the seconds.
        """
        return Forked(self, int(self.ask("fork", [str(place), os.getcwd(), dict(environment)], seconds)))  # noqa: PTH109

    def ask(self, order: str, argument: Any, seconds: float | None = None) -> Any:
        """What the server answers.

        Raises:
            ChildError: as `fork`, or what the system refused the server.
        """
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None, "a pipe"
        assert answers is not None, "a pipe"
        try:
            with self._one_at_a_time:
                requests.write(json.dumps([order, argument]).encode() + b"\n")
                requests.flush()
                answered = select.select([answers], [], [], seconds)[0]
                line = answers.readline() if answered else b""
        except OSError as error:
            raise ChildError(f"the process that forks children is gone ({error}); run it again") from error
        except BaseException:  # an interrupted question has an answer that nobody would know from the next one's
            self.end()
            raise
        if not line:
            self.end()
            why = "is gone" if answered else f"did not answer within {seconds:.0f} s and was killed"
            raise ChildError(f"the process that forks children {why}; run it again")
        told = json.loads(line)
        if "error" in told:
            raise ChildError(f"no child process can be started: {told['error']}; free memory, processes or disk")
        return told["answer"]

    @property
    def lives(self) -> bool:
        """Whether it can still be asked; not by a fork of the process that started it, for `Popen` knows its own."""
        return self._end.alive and self._process.poll() is None

    def end(self) -> None:
        """Kill it, with the children that it still has."""
        self._end()


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


def _surroundings(environment: Mapping[str, str]) -> tuple[object, ...]:
    """What a child must have in common with its server: the interpreter, and the variables that imports may read."""
    return sys.executable, {name: value for name, value in environment.items() if name not in READ_LATER}


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what nobody reads any more cannot be flushed
                pipe.close()
