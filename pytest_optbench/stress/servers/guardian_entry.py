"""The guardian process (see `guardian`): it starts servers, and ends them and their folder with the process it serves.

It takes orders as lines of JSON from standard input, and answers each with one line. Started by its path, it imports
nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
PATIENCE = 5.0  # seconds for all servers to end by themselves: a killed one leaves shared memory behind
REAPING = 200  # milliseconds between two looks for children that ended
LIBC = ctypes.CDLL(None)


class Servers:
    """The servers by their process ids, each with the signal that ends it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._ends: dict[int, int] = {}
        self._processes: list[subprocess.Popen[bytes]] = []  # kept: one that is forgotten warns

    def start(self, order: Mapping[str, Any]) -> int:
        """Start a program with its output in a file, and return its process id; it dies with this process."""
        user = order["user"]
        rights = {} if user is None else {"user": user, "group": order["group"], "extra_groups": []}
        with open(order["output"], "ab") as output:  # noqa: PTH123 - pathlib would be one more import
            process = subprocess.Popen(  # noqa: S603 - an order of the parent
                order["command"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=order["environment"],
                cwd=self._folder,
                preexec_fn=_dies_with_its_parent(order["end"]),  # this process has one thread
                start_new_session=True,
                **rights,
            )
        self._processes.append(process)
        self._ends[process.pid] = order["end"]
        return process.pid

    def signal(self, order: Mapping[str, Any]) -> bool:
        """Send a signal to a server; return whether it was still there."""
        if order["pid"] not in self._ends:
            return False
        os.kill(order["pid"], order["signal"])
        return True

    def reap(self) -> None:
        """Reap what has ended: servers, and the orphans that they left."""
        with contextlib.suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                self._ends.pop(pid, None)

    def end(self) -> None:
        """End the servers, the youngest first, then whatever they have started, and remove the folder."""
        deadline = time.monotonic() + PATIENCE
        for pid, number in reversed(self._ends.copy().items()):
            self.signal({"pid": pid, "signal": number})
            while pid in self._ends and time.monotonic() < deadline:
                time.sleep(0.01)
                self.reap()
        while living := list(_descendants()):
            for pid in living:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
            self.reap()
        for mount in _mounts_below(self._folder):
            subprocess.run(["umount", "--lazy", mount], check=False)  # noqa: S603, S607 - what a test has mounted there
        shutil.rmtree(self._folder, ignore_errors=True)


def serve(parent: int, prefix: str) -> None:
    """Obey the orders of the parent until one is null, or it dies: a forked copy of it keeps the pipe open."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)  # a daemon that leaves its parent becomes a child of this process
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    watched = os.pidfd_open(parent)
    if os.getppid() != parent:
        return
    folder = tempfile.mkdtemp(prefix=os.path.basename(prefix), dir=os.path.dirname(prefix))  # noqa: PTH119, PTH120
    servers = Servers(folder)
    try:
        os.chmod(folder, 0o711)  # noqa: PTH101, S103 - the user of a server passes through to a folder of its own
        _answer(folder)
        for order in _orders(watched, servers.reap):
            try:
                _answer(servers.start(order) if "command" in order else servers.signal(order))
            except OSError as error:
                _answer({"error": str(error)})
    finally:
        servers.end()


def _orders(watched: int, meanwhile: Callable[[], None]) -> Iterator[Mapping[str, Any]]:
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    poll.register(0, select.POLLIN)
    pending = b""
    while True:
        ready = dict(poll.poll(REAPING))
        meanwhile()
        if watched in ready:
            return
        if 0 in ready:
            received = os.read(0, 1 << 16)
            *lines, pending = (pending + received).split(b"\n")
            for order in map(json.loads, lines):
                if order is None:
                    return
                yield order
            if not received:
                return


def _answer(value: Any) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(1, json.dumps(value).encode() + b"\n")


def _dies_with_its_parent(number: int) -> Callable[[], object]:
    return lambda: LIBC.prctl(PR_SET_PDEATHSIG, number)


def _mounts_below(folder: str) -> list[str]:
    places = [line.split()[1] for line in Path("/proc/self/mounts").read_text(errors="replace").splitlines()]
    return [place for place in reversed(places) if place.startswith(f"{folder}/")]


def _descendants() -> Iterator[int]:
    """Yield every living process that descends from this one."""
    parents = dict(_parents())
    for pid in parents:
        ancestor: int | None = pid
        while ancestor is not None and (ancestor := parents.get(ancestor)) is not None:
            if ancestor == os.getpid():
                yield pid
                break


def _parents() -> Iterator[tuple[int, int]]:
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            with contextlib.suppress(OSError):  # it ended after it was listed
                state, parent = Path("/proc", name, "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    yield int(name), int(parent)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
