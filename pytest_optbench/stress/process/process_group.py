"""Process groups: kill one whole, and know that it is gone."""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

GONE = frozenset("ZX")  # states of a process that has ended and whose parent has not yet asked for its status
PATIENCE = 10.0  # seconds; a killed process goes at once unless the kernel holds it in a system call


def kill_group(group: int, patience: float = PATIENCE) -> bool:
    """Kill every process of a group, those that it starts meanwhile too, and wait until none lives.

    Returns whether all are gone. The caller must not have reaped the leader, whose id may else be another's by now.
    """
    deadline = time.monotonic() + patience
    while True:
        with contextlib.suppress(ProcessLookupError):  # nobody is left, not even unreaped
            os.killpg(group, signal.SIGKILL)
        living = list(members(group))
        if not living:
            return True
        for pid in living:
            if not has_ended(pid, deadline - time.monotonic()):
                return False


def members(group: int) -> Iterator[int]:
    """The living processes of a group."""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it ended between the listing and the look
                state, _, its_group = _status(entry.name)
                if int(its_group) == group and state not in GONE:
                    yield int(entry.name)


def has_ended(pid: int, seconds: float) -> bool:
    """Wait so long for the end of a process, child or not, without reaping it."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return is_readable(descriptor, max(0.0, seconds))
    finally:
        os.close(descriptor)


def is_readable(descriptor: int, seconds: float | None) -> bool:
    """Wait so long, or for ever, until there is something to read, or an end; for descriptors of any number."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else math.ceil(1000 * seconds)))


def _status(pid: str) -> list[str]:
    """State, parent and group; they follow the name, which may hold anything, in brackets."""
    text = Path("/proc", pid, "stat").read_text(encoding="utf-8", errors="replace")
    return text[text.rindex(")") + 2 :].split(" ", 3)[:3]
