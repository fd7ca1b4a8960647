"""Kill a whole process group, and wait until it is gone."""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path

GONE = frozenset("ZX")  # Z (zombie) and X (dead): the process has ended, even if its parent has not reaped it yet
PATIENCE = 10.0  # seconds; a killed process ends immediately unless it is in an uninterruptible system call


def kill_group(group: int, patience: float = PATIENCE) -> bool:
    """Kill every process of a group, including those that it starts meanwhile, and wait until none is alive.

    Return whether all are gone. The caller must not have reaped the leader: its id could belong to another process.
    """
    deadline = time.monotonic() + patience
    while True:
        with contextlib.suppress(ProcessLookupError):  # the group is empty
            os.killpg(group, signal.SIGKILL)
        living = list(members(group))
        if not living:
            return True
        for pid in living:
            if not has_ended(pid, deadline - time.monotonic()):
                return False


def members(group: int) -> Iterator[int]:
    """Yield the living processes of a group."""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it ended after it was listed
                state, _, its_group = _status(entry.name)
                if int(its_group) == group and state not in GONE:
                    yield int(entry.name)


def has_ended(pid: int, seconds: float) -> bool:
    """Wait up to `seconds` for the end of a process, child or not, without reaping it; return whether it ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return is_readable(descriptor, max(0.0, seconds))
    finally:
        os.close(descriptor)


def is_readable(descriptor: int, seconds: float | None) -> bool:
    """Wait up to `seconds` (None: forever) for input or the end of a descriptor; return whether either is there."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else math.ceil(1000 * seconds)))


def _status(pid: str) -> list[str]:
    """Return state, parent and group; they follow the name, which is in brackets and may contain anything."""
    text = Path("/proc", pid, "stat").read_text(encoding="utf-8", errors="replace")
    return text[text.rindex(")") + 2 :].split(" ", 3)[:3]
