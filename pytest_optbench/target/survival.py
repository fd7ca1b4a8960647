"""What a target does to end the process that it is tested in, and what is done against it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from .watch import HangInterrupt


class ExitedError(BaseException):
    """A target called `os._exit`, which would have ended this process without a word."""


def is_of_target(error: BaseException) -> bool:
    """Whether the target is to blame for what came out of its `run`.

    Not for an interrupt from the keyboard, nor for what ends a test: by a time limit, or at a callback's wish.
    """
    outcomes = sys.modules.get("_pytest.outcomes")
    others = (outcomes.OutcomeException, outcomes.Exit) if outcomes is not None else ()
    return not isinstance(error, (KeyboardInterrupt, HangInterrupt, *others))


OPERATIONS = "pytest_optbench.drive.faults"
_leave = os._exit
_lock = threading.Lock()
_sweeps: dict[int, int] = {}  # by process, for a fork inherits this


@contextmanager
def surviving() -> Iterator[None]:
    """Have `os._exit` raise ExitedError in this process while the block runs; in those forked from it it ends them."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    global _lock
    with _lock:
        _sweeps[os.getpid()] = under_way = _sweeps.get(os.getpid(), 0) + change
        os._exit = _exit if under_way else _leave


def _exit(status: int) -> NoReturn:
    if _sweeps.get(os.getpid()) and not _is_an_operations():
        raise ExitedError(f"os._exit({status})")
    _leave(status)


def _is_an_operations() -> bool:
    """Whether an operation asked for the end, which some do on purpose, in processes made for it."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - it is documented
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith(OPERATIONS):
            return True
        frame = frame.f_back
    return False


def _forget() -> None:
    """In a fork of this process no sweep is under way, and a thread that held the lock is not there."""
    global _lock
    _lock = threading.Lock()
    _sweeps.clear()


os.register_at_fork(after_in_child=_forget)
