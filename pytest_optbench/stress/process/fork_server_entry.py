"""The main program of the fork server: import, fork and reap until there are no more requests."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import child, child_entry


def serve(served: int) -> None:
    """Answer requests, lines of JSON; end after the last one, or with the process `served`."""
    _end_with(served)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if ignored, the exit status of children is lost
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    requests, answers = os.dup(0), os.dup(1)
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123 - a device
        _redirect(nothing.fileno(), 0, 1)  # keeps output of imported modules out of the answers
    with os.fdopen(requests) as lines:
        for line in lines:
            order, argument = json.loads(line)
            reply: dict[str, Any]
            try:
                reply = {"answer": _fork(argument, requests, answers) if order == "fork" else _reap(argument)}
            except Exception as error:  # noqa: BLE001 - it is the answer
                reply = {"error": f"{type(error).__name__}: {error}"}
            os.write(answers, json.dumps(reply).encode() + b"\n")
    os._exit(0)


def _fork(argument: tuple[str, str, Mapping[str, str]], *private: int) -> int:
    """Fork a child that leads a process group and performs the task in a folder, without our `private` descriptors."""
    folder, working, environment = argument
    _import_for(json.loads(Path(folder, child.TASK).read_bytes()))
    sys.stdout.flush()  # or the child would print the output of imports again
    server = os.getpid()
    pid = os.fork()
    if pid:
        with contextlib.suppress(PermissionError, ProcessLookupError):  # the child set it, or has ended
            os.setpgid(pid, pid)  # before its id is known to anyone
        return pid
    try:
        os.setpgid(0, 0)
        _take_over(Path(folder), working, environment, private)
        child_entry.main(Path(folder), server)
    except BaseException:  # noqa: BLE001 - nothing above would report it
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(1)


def _import_for(task: Mapping[str, Any]) -> None:
    """Import the modules that a task needs.

    Raises:
        RuntimeError: an imported module has started a thread, which would not exist in a fork.
    """
    importlib.invalidate_caches()
    with contextlib.suppress(BaseException):  # the child will raise it again, and report it
        for module in (task["module"], *task["needs"]):
            child_entry.imported(module)
    if threading.active_count() > 1:
        raise RuntimeError("an imported module has started a thread")


def _take_over(folder: Path, working: str, environment: Mapping[str, str], private: tuple[int, ...]) -> None:
    """Close the descriptors of the server, and set the output, folder and environment of the child."""
    for descriptor in private:
        os.close(descriptor)
    output = os.open(folder / child.OUTPUT, os.O_WRONLY)
    _redirect(output, 1, 2)
    os.close(output)
    os.chdir(working)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    if generators := sys.modules.get("numpy.random"):
        generators.seed()  # or two children would draw the same; Python reseeds its own generator


def _redirect(descriptor: int, *numbers: int) -> None:
    for number in numbers:
        os.dup2(descriptor, number)


def _reap(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _end_with(served: int) -> None:
    """Fork a guard that kills this process once `served` is dead, even if this process hangs."""
    server = os.getpid()
    if os.getppid() != served:
        os._exit(1)  # it has died already
    both = os.pidfd_open(served), os.pidfd_open(server)
    if os.fork() == 0:
        _redirect(os.open(os.devnull, os.O_RDWR), 0, 1, 2)  # the guard must not keep our requests open
        if select.select(both, [], [])[0] != [both[1]]:
            os.kill(server, signal.SIGKILL)
        os._exit(0)
    for descriptor in both:
        os.close(descriptor)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
