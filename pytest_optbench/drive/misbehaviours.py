"""A catalogue of operations that change or damage the process that they run in, and go on as if nothing had happened.

Some of it (closing what is open) ruins the process of a thread for everybody: that is for worker processes alone.
"""

from __future__ import annotations

import contextlib
import gc
import io
import locale
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pytest_optbench.workloads.workload import WorkloadRun

from .fault_kinds import Fault

OUTLIVES = 0.5  # seconds for which something goes on after its run
FIRST_INHERITED = 3  # descriptors 0 to 2 are those of a terminal
MANY = 4096  # more descriptors than a process of this suite has open


def misbehaves(act: Callable[[WorkloadRun], object]) -> Fault:
    """Do something to the process; the run may end either way."""
    return Fault(lambda run: act(run) and None, ends="either")


def _to_a_folder_that_is_removed(_: WorkloadRun) -> None:
    gone = tempfile.mkdtemp()
    os.chdir(gone)
    Path(gone).rmdir()


def _handles_signals(_: WorkloadRun) -> None:
    with contextlib.suppress(ValueError):  # only the main thread may, which a worker process has
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_IGN)


def _closes_standard_streams(_: WorkloadRun) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, AttributeError):
            stream.close()


def _without_standard_streams(_: WorkloadRun) -> None:
    sys.stdout = sys.stderr = None


def _forks(_: WorkloadRun) -> None:
    """Fork a child that outlives the run, and has a copy of everything that is open."""
    if os.fork() == 0:
        time.sleep(OUTLIVES)
        os._exit(0)


def _starts_a_thread(run: WorkloadRun) -> None:
    """Start a thread that still uses capture when the run is over."""

    def log_late() -> None:
        time.sleep(OUTLIVES)
        with contextlib.suppress(Exception):  # the runner may say that it is too late
            run.capture.log("late")

    threading.Thread(target=log_late, daemon=True).start()


def _exits_in_a_thread(_: WorkloadRun) -> None:
    thread = threading.Thread(target=sys.exit, args=(1,))
    thread.start()
    thread.join()


def _sets_a_locale(_: WorkloadRun) -> None:
    for name in ("C", "de_DE.UTF-8", "tr_TR.UTF-8"):
        with contextlib.suppress(locale.Error):  # of those that the machine has
            locale.setlocale(locale.LC_ALL, name)


def _clears_the_environment(_: WorkloadRun) -> None:
    kept = {name: value for name, value in os.environ.items() if name.startswith("OPTBENCH_")}  # of the witness
    os.environ.clear()
    os.environ.update(kept)


def _closes_what_is_open(_: WorkloadRun) -> None:
    os.closerange(FIRST_INHERITED, MANY)


def _opens_all_that_it_can(_: WorkloadRun) -> None:
    held: list[int] = []
    with contextlib.suppress(OSError):
        while len(held) < MANY:
            held.append(os.open(os.devnull, os.O_RDONLY))
    for descriptor in held:
        os.close(descriptor)


ANYWHERE: Mapping[str, Fault] = {
    "a folder that is removed as working directory": misbehaves(_to_a_folder_that_is_removed),
    "the root as working directory": misbehaves(lambda _: os.chdir("/")),
    "a umask that hides files from others": misbehaves(lambda _: os.umask(0o077)),
    "another locale": misbehaves(_sets_a_locale),
    "an empty environment": misbehaves(_clears_the_environment),
    "signals that are ignored": misbehaves(_handles_signals),
    "a text as standard output": misbehaves(lambda _: setattr(sys, "stdout", io.StringIO())),
    "no standard streams": misbehaves(_without_standard_streams),
    "no collection of garbage": misbehaves(lambda _: gc.disable()),
    "a timeout of all sockets": misbehaves(lambda _: socket.setdefaulttimeout(0.001)),
    "a fork that outlives it": misbehaves(_forks),
    "a thread that outlives it": misbehaves(_starts_a_thread),
    "sys.exit in a thread": misbehaves(_exits_in_a_thread),
    "every descriptor that it can open": misbehaves(_opens_all_that_it_can),
}
OF_ITS_PROCESS: Mapping[str, Fault] = {
    **ANYWHERE,
    "closed standard streams": misbehaves(_closes_standard_streams),
    "closed descriptors": misbehaves(_closes_what_is_open),
}
