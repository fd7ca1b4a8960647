"""Executes runs in worker processes: no interpreter lock is shared, and a worker's death costs only the run it was on.

A worker pool is one thread of the parent, the dispatcher, and the workers. Nothing outlives the sweep.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from typing import TYPE_CHECKING

from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.planning.operation import load_operation
from pytest_optbench.errors import InvalidInputError, WorkerError

from .base import DEFAULT_WORKERS, BaseExecutor
from .channel import write_all
from .dispatcher import Dispatcher
from .main_module import MAIN, MainModule, describe_main

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep import Sweep
    from pytest_optbench.engine.execution.sweep_spec import SweepSpec


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
        script = describe_main()
        _check_importable(sweep.spec, script)
        return ProcessWorkerPool(sweep, self.max_workers, _sweep_payload(sweep.spec, script))


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


def _sweep_payload(spec: SweepSpec, script: MainModule | None) -> bytes:
    try:
        packed = pickle.dumps(spec, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise WorkerError(
            f"the context of {spec.experiment_id} cannot be sent to a worker process "
            f"({type(error).__name__}: {error}): make it of plain data and classes that can be imported, or use "
            "ThreadExecutor"
        ) from error
    return pickle.dumps((sys.argv, script, spec.operation.ref, packed), pickle.HIGHEST_PROTOCOL)


def _check_importable(spec: SweepSpec, script: MainModule | None) -> None:
    """Raise `WorkerError` unless a worker will find this very operation by its reference."""
    ref = spec.operation.ref
    advice = "define it at the top level of a module that can be imported, or use ThreadExecutor"
    if "<" in ref.partition(":")[2]:
        raise WorkerError(f"operation {ref} is defined inside a function, where no worker process finds it: {advice}")
    if ref.startswith(f"{MAIN}:") and script is None:
        raise WorkerError(f"operation {ref} is defined in an interactive session or on standard input: {advice}")
    try:
        found = load_operation(ref)
    except InvalidInputError as error:
        raise WorkerError(f"operation {ref} cannot be imported ({error}): {advice}") from error
    if getattr(found, "code_hash", None) != spec.code_hash:
        raise WorkerError(f"operation {ref} names something else now than the operation to run ({found!r}): {advice}")
