"""Executes runs in the thread that calls `run`, one after the other: for debugging, with nothing in between."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from pytest_optbench.engine.execution.runner import Attempt, Runner

from .base import BaseExecutor
from .local_loop import work

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.runtime import CancelToken
    from pytest_optbench.engine.execution.sweep import Sweep


class InlineExecutor(BaseExecutor):
    """Every run in the calling thread; `run` returns when the sweep is over."""

    def __init__(self) -> None:
        super().__init__(1)

    def _start_pool(self, sweep: Sweep) -> InlineWorkerPool:
        """Execute the whole sweep; Ctrl-C ends it, keeps what is finished, and is raised."""
        runner = Runner.open(sweep.spec, sweep.token, sweep.announcer.tell)
        interrupts = _Interrupts(sweep.token)
        try:
            with interrupts.noticed():
                work(sweep, runner, contextlib.nullcontext(), interrupts.operate)
        finally:
            sweep.close(runner.store)
            sweep.end()
        if interrupts.pressed:
            raise KeyboardInterrupt
        return InlineWorkerPool()


class InlineWorkerPool:
    """A worker pool whose work is over."""

    def join(self, timeout: float | None = None) -> bool:
        """Return at once."""
        del timeout
        return True

    def kill(self) -> bool:
        """Do nothing."""
        return False


class _Interrupts:
    """Distinguishes Ctrl-C from a KeyboardInterrupt that an operation raises, and keeps it out of commits."""

    def __init__(self, token: CancelToken) -> None:
        self.pressed = False
        self._token = token
        self._operating = False

    @contextlib.contextmanager
    def noticed(self) -> Iterator[None]:
        """Handle Ctrl-C in the main thread, unless the program has a handler of its own."""
        ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if not ours:
            yield
            return
        signal.signal(signal.SIGINT, self._press)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def operate(self, attempt: Attempt) -> None:
        """Call the operation, which alone is interrupted; what is being stored is stored first."""
        try:
            self._operating = True
            attempt.operate()
            self._operating = False
        except KeyboardInterrupt as error:  # pressed in the instant before or after the operation itself
            attempt.fail(error)
        finally:
            self._operating = False

    def _press(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.pressed = True
        self._token.cancel()
        if self._operating:
            self._operating = False
            raise KeyboardInterrupt
