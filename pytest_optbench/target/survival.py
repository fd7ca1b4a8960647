"""Protect this process from a target that ends it by `os._exit`."""

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
    """A target called `os._exit`, which would have ended this process without any report."""


def is_target_failure(error: BaseException) -> bool:
    """Return whether an exception from its `run` is a failure of the target.

    An interrupt from the keyboard is not, nor are the exceptions that end a test, by a time limit or in a callback.
    """
    outcomes = sys.modules.get("_pytest.outcomes")
    others = (outcomes.OutcomeException, outcomes.Exit) if outcomes is not None else ()
    return not isinstance(error, (KeyboardInterrupt, HangInterrupt, *others))


OPERATIONS = "pytest_optbench.drive.faults"
_real_exit = os._exit
_lock = threading.Lock()
_sweeps: dict[int, int] = {}  # by process, because a fork inherits this


@contextmanager
def intercept_exit() -> Iterator[None]:
    """Let `os._exit` raise ExitedError in this process while the block runs; forked processes still exit."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    global _lock
    with _lock:
        _sweeps[os.getpid()] = active = _sweeps.get(os.getpid(), 0) + change
        os._exit = _exit if active else _real_exit


def _exit(status: int) -> NoReturn:
    if _sweeps.get(os.getpid()) and not _is_called_by_operation():
        raise ExitedError(f"os._exit({status})")
    _real_exit(status)


def _is_called_by_operation() -> bool:
    """Return whether an operation called `os._exit`: some do on purpose, in processes made for it."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - it is documented
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith(OPERATIONS):
            return True
        frame = frame.f_back
    return False


def _reset_after_fork() -> None:
    """Reset a fork of this process: it runs no sweep, and the thread that held the lock does not exist."""
    global _lock
    _lock = threading.Lock()
    _sweeps.clear()


os.register_at_fork(after_in_child=_reset_after_fork)
