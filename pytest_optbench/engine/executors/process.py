"""Executes runs in worker processes: no interpreter lock is shared, and a worker's death costs only the run it was on.

A worker pool is one thread of the parent, the dispatcher, and the workers. Nothing outlives the sweep.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.store.folder import write_all
from pytest_optbench.errors import WorkerError

from .base import DEFAULT_WORKERS, BaseExecutor
from .dispatcher import Dispatcher
from .sweep_payload import packed_sweep

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep import Sweep


class ProcessExecutor(BaseExecutor):
    """Up to `max_workers` runs of a sweep at once, in processes. Raises `InvalidInputError` for fewer than one.

    A worker imports the operation by its `module:qualname`, so it must be defined at the top level of a module, or of
    a script that does its own work below `if __name__ == "__main__":`. The context is sent once to each worker.
    """

    def __init__(self, max_workers: int = DEFAULT_WORKERS) -> None:
        super().__init__(max_workers)

    def _start_pool(self, sweep: Sweep) -> ProcessWorkerPool:
        """Start the workers of one sweep.

        Raises:
            WorkerError: a worker could not import the operation or would not get the context, or no thread can be
                started; nothing has run.
        """
        return ProcessWorkerPool(sweep, self.max_workers, packed_sweep(sweep.spec))


class ProcessWorkerPool:
    """The dispatcher of one sweep and its workers."""

    def __init__(self, sweep: Sweep, workers: int, sweep_payload: bytes) -> None:
        self._sweep = sweep
        self._sweep_payload = os.memfd_create("sweep_payload", os.MFD_CLOEXEC)
        write_all(self._sweep_payload, sweep_payload)
        self._runner = Runner.open(sweep.spec, sweep.token, sweep.announcer.tell)
        self._dispatcher = Dispatcher(sweep, self._runner, workers, self._sweep_payload)
        # Not Thread.join: interrupted by Ctrl-C, CPython 3.11 takes the thread for ended from then on (bpo-45274).
        self._over = threading.Event()
        name = f"optbench-{sweep.spec.experiment_id}-dispatcher"
        try:
            threading.Thread(target=self._run, name=name, daemon=True).start()
        except RuntimeError as error:
            self._close()
            raise WorkerError(f"no thread can be started ({error}): this process has too many") from error

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the dispatcher, which is the last to go."""
        return self._over.wait(timeout)

    def kill(self) -> bool:
        """Kill the workers; the runs they are on are recorded as cancelled."""
        self._dispatcher.kill()
        return True

    def _run(self) -> None:
        try:
            try:
                self._dispatcher.run()
            finally:
                self._close()
        except BaseException as error:  # noqa: BLE001 - a defect of the engine: result() raises it
            self._sweep.abort(error)
        finally:
            try:
                self._sweep.end()
            finally:
                self._over.set()

    def _close(self) -> None:
        self._dispatcher.close()
        os.close(self._sweep_payload)
        self._sweep.close(self._runner.store)
