"""What the process of `stress.fork_server` does: import, fork, reap, until its requests end."""

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
    """Answer requests, a line of JSON each, with such lines; end with them, or with the process `served`."""
    _end_with(served)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # were it ignored, nobody would know how a child ended
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    requests, answers = os.dup(0), os.dup(1)
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123 - a device
        _become(nothing.fileno(), 0, 1)  # what is printed while modules are imported is no answer
    with os.fdopen(requests) as lines:
        for line in lines:
            order, argument = json.loads(line)
            told: dict[str, Any]
            try:
                told = {"answer": _fork(argument, requests, answers) if order == "fork" else _reap(argument)}
            except Exception as error:  # noqa: BLE001 - it is the answer
                told = {"error": f"{type(error).__name__}: {error}"}
            os.write(answers, json.dumps(told).encode() + b"\n")
    os._exit(0)


def _fork(argument: tuple[str, str, Mapping[str, str]], *private: int) -> int:
    """Fork a child that leads a group of its own; it does the task in a folder, without our `private` descriptors."""
    folder, working, environment = argument
    _import_for(json.loads(Path(folder, child.TASK).read_bytes()))
    sys.stdout.flush()  # or the child would print once more what imports have printed
    server = os.getpid()
    pid = os.fork()
    if pid:
        with contextlib.suppress(PermissionError, ProcessLookupError):  # the child did, or has ended
            os.setpgid(pid, pid)  # before anybody knows of it
        return pid
    try:
        os.setpgid(0, 0)
        _settle(Path(folder), working, environment, private)
        child_entry.main(Path(folder), server)
    except BaseException:  # noqa: BLE001 - there is nobody above
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(1)


def _import_for(task: Mapping[str, Any]) -> None:
    """Import what a task needs.

    Raises:
        RuntimeError: something that was imported has started a thread, which no fork takes along.
    """
    importlib.invalidate_caches()
    with contextlib.suppress(BaseException):  # the child will meet it again, and report it
        for module in (task["module"], *task["needs"]):
            child_entry.imported(module)
    if threading.active_count() > 1:
        raise RuntimeError("an imported module has started a thread")


def _settle(folder: Path, working: str, environment: Mapping[str, str], private: tuple[int, ...]) -> None:
    """Give up what is the server's, and take on what is the child's alone."""
    for descriptor in private:
        os.close(descriptor)
    output = os.open(folder / child.OUTPUT, os.O_WRONLY)
    _become(output, 1, 2)
    os.close(output)
    os.chdir(working)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    if generators := sys.modules.get("numpy.random"):
        generators.seed()  # two children must not draw the same; Python's own generator sees to this itself


def _become(descriptor: int, *numbers: int) -> None:
    for number in numbers:
        os.dup2(descriptor, number)


def _reap(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _end_with(served: int) -> None:
    """Have a process stand by that kills this one once `served` is dead, whatever this one is doing then."""
    server = os.getpid()
    if os.getppid() != served:
        os._exit(1)  # it died before we knew
    both = os.pidfd_open(served), os.pidfd_open(server)
    if os.fork() == 0:
        _become(os.open(os.devnull, os.O_RDWR), 0, 1, 2)  # our requests must not stay open through it
        if select.select(both, [], [])[0] != [both[1]]:
            os.kill(server, signal.SIGKILL)
        os._exit(0)
    for descriptor in both:
        os.close(descriptor)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
