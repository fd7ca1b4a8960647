"""A process that is stopped for a while, and wakes up after others went on without it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

NAP = 0.002
STOPPED = "T"


@contextlib.contextmanager
def stopped(pid: int, seconds: float = 10.0) -> Iterator[bool]:
    """Stop a process until the block ends; yield whether it is stopped, which takes up to some seconds."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield wait_until_stopped(pid, seconds)
    finally:
        resume(pid)


def wait_until_stopped(pid: int, seconds: float) -> bool:
    """Wait until a process is stopped, by anyone or by itself (the fault "stop"); return whether it is."""
    deadline = time.monotonic() + seconds
    while (state := _state(pid)) not in (STOPPED, "") and time.monotonic() < deadline:
        time.sleep(NAP)
    return state == STOPPED


def resume(pid: int) -> None:
    """Let a stopped process go on; one that has ended is left alone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def _state(pid: int) -> str:
    """Return the state of a process as /proc has it; "" if there is no such process."""
    try:
        text = Path("/proc", str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text[text.rindex(")") + 2]
