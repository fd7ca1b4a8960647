"""Executes runs in threads of this process: they share one store and one interpreter."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from pytest_optbench.errors import InvalidInputError

from ..bench import Bench

if TYPE_CHECKING:
    from ..sweep import Sweep


class ThreadExecutor:
    """Up to `max_workers` runs of a sweep at once, in threads."""

    def __init__(self, max_workers: int = 1) -> None:
        self.max_workers = checked_workers(max_workers)

    def check(self, sweep: Sweep) -> None:
        """Everything can be executed here."""

    def start(self, sweep: Sweep) -> ThreadCrew:
        """Start the threads of one sweep."""
        return ThreadCrew(sweep, self.max_workers)

    def shutdown(self, wait: bool = True) -> None:
        """There is nothing to shut down: every sweep has threads of its own."""


def checked_workers(max_workers: int) -> int:
    """The number of workers, refused by InvalidInputError where it makes no sense."""
    if not isinstance(max_workers, int) or isinstance(max_workers, bool) or max_workers < 1:
        raise InvalidInputError(f"max_workers={max_workers!r} makes no sense: give a whole number >= 1")
    return max_workers


class ThreadCrew:
    """Threads that pull runs from one sweep."""

    def __init__(self, sweep: Sweep, workers: int) -> None:
        self._sweep = sweep
        self._bench = Bench.open(sweep.job, sweep.token)
        self._turn = threading.Lock()
        self._open = workers
        # Daemons, so that a run which never ends cannot keep the interpreter from exiting.
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for every thread."""
        deadline = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def kill(self) -> None:
        """A thread cannot be stopped from outside: the run it is on goes on until it ends or asks the token."""

    def _work(self) -> None:
        try:
            while (order := self._take()) is not None:
                if isinstance(order, float):
                    self._sweep.token.wait(order)
                    continue
                outcome = self._bench.attempt(order)
                with self._turn:
                    self._sweep.settle(order, outcome)
        except BaseException as error:  # noqa: BLE001 - result() raises it; a thread has nobody else to tell
            self._sweep.abort(error)
        finally:
            with self._turn:
                self._open -= 1
                last = self._open == 0
            if last:
                self._bench.store.close()

    def _take(self):  # type: ignore[no-untyped-def]  # the sweep's own return type
        with self._turn:
            order = self._sweep.take()
            if order is not None and not isinstance(order, float):
                self._sweep.started(order)
            return order
