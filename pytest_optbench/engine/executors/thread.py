"""Executes runs in threads of this process, which share one store and one interpreter."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.model.events import LOGGER
from pytest_optbench.errors import WorkerError

from .base import DEFAULT_WORKERS, BaseExecutor
from .local_loop import work
from .thread_pacing import ThreadPacer

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep import Sweep


class ThreadExecutor(BaseExecutor):
    """Up to `max_workers` runs of a sweep at once, in threads.

    Raises:
        InvalidInputError: `max_workers` is below one.
    """

    def __init__(self, max_workers: int = DEFAULT_WORKERS) -> None:
        super().__init__(max_workers)

    def _start_pool(self, sweep: Sweep) -> ThreadWorkerPool:
        """Start the threads of one sweep, or as many as can be started.

        Raises:
            WorkerError: no thread can be started.
        """
        return ThreadWorkerPool(sweep, self.max_workers)


class ThreadWorkerPool:
    """Threads that pull runs from one sweep."""

    def __init__(self, sweep: Sweep, workers: int) -> None:
        self._sweep = sweep
        self._runner = Runner.open(sweep.spec, sweep.token, sweep.announcer.tell)
        self._turn = threading.Lock()
        self._pacer = ThreadPacer() if workers > 1 else None
        self._at_work = workers
        # Not Thread.join: interrupted by Ctrl-C, CPython 3.11 takes the thread for ended from then on (bpo-45274).
        self._over = threading.Event()
        self._start(workers)

    def join(self, timeout: float | None = None) -> bool:
        """Wait for every thread."""
        return self._over.wait(timeout)

    def kill(self) -> bool:
        """Do nothing: a thread cannot be stopped from outside, its run goes on until it ends or asks its token."""
        return False

    def _start(self, workers: int) -> None:
        for number in range(workers):
            name = f"optbench-{self._sweep.spec.experiment_id}-{number}"
            try:
                # Daemons: a run that never ends must not keep the interpreter from exiting after Ctrl-C.
                threading.Thread(target=self._work, name=name, daemon=True).start()
            except RuntimeError as error:
                if number == 0:
                    self._sweep.close(self._runner.store)
                    raise WorkerError(f"no thread can be started ({error}): this process has too many") from error
                LOGGER.warning("only %d of %d threads can be started: %s", number, workers, error)
                self._leave(workers - number)
                return

    def _work(self) -> None:
        try:
            work(self._sweep, self._runner, self._turn, pacer=self._pacer)
        except BaseException as error:  # noqa: BLE001 - a defect of the engine: result() raises it
            self._sweep.abort(error)
        finally:
            self._leave(1)

    def _leave(self, threads: int) -> None:
        with self._turn:
            self._at_work -= threads
            last = self._at_work == 0
        if last:
            self._sweep.close(self._runner.store)
            try:
                self._sweep.end()
            finally:
                self._over.set()
