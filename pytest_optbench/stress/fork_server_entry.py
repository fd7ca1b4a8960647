"""What the process of `stress.fork_server` does: import, fork, reap, until its requests end."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytest_optbench.stress import child, child_entry


def serve() -> None:
    """Answer requests, a line of JSON each, with such lines; end with them."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123 - a device
        _become(nothing.fileno(), 0, 1)  # what is printed while modules are imported is no answer
    for line in requests:
        order, argument = json.loads(line)
        told: dict[str, Any]
        try:
            told = {"answer": ORDERS[order](argument)}
        except OSError as error:
            told = {"error": str(error)}
        print(json.dumps(told), file=answers, flush=True)
    os._exit(0)


def _fork(argument: tuple[str, str, Mapping[str, str]]) -> int:
    """Fork a child that leads a group of its own; it does the task in a folder."""
    folder, working, environment = argument
    task = json.loads(Path(folder, child.TASK).read_bytes())
    with contextlib.suppress(BaseException):  # the child will meet it again, and report it
        for module in (task["module"], *task["needs"]):
            child_entry.imported(module)
    server = os.getpid()
    pid = os.fork()
    if pid:
        with contextlib.suppress(PermissionError, ProcessLookupError):  # the child did, or has ended
            os.setpgid(pid, pid)  # before anybody knows of it
        return pid
    try:
        os.setpgid(0, 0)
        _settle(Path(folder), working, environment)
        child_entry.main(Path(folder), server)
    finally:
        os._exit(1)


def _settle(folder: Path, working: str, environment: Mapping[str, str]) -> None:
    """Give up what is the server's, and take on what is the child's alone."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
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


ORDERS: Mapping[str, Callable[[Any], int]] = {"fork": _fork, "reap": _reap}

if __name__ == "__main__":
    serve()
