"""An executor on anything that is a `concurrent.futures.Executor`, in one file: the proof that the protocol suffices.

With `dask.distributed` it is `FuturesExecutor(client.get_executor(), workers)`.
"""

from __future__ import annotations

import pickle
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from functools import lru_cache
from typing import Any

from pytest_optbench.engine.execution.runner import Runner
from pytest_optbench.engine.execution.runtime import CancelToken
from pytest_optbench.engine.executors.base import BaseExecutor
from pytest_optbench.engine.model.failure import describe
from pytest_optbench.engine.model.outcome import Ending, RunOutcome
from pytest_optbench.errors import WorkerError


class FuturesExecutor(BaseExecutor):
    """Runs as futures of a pool; two for each worker are under way, so that none waits for its next one."""

    def __init__(self, pool: Executor, max_workers: int) -> None:
        super().__init__(max_workers)
        self._pool = pool

    def _start_pool(self, sweep: Any) -> FuturesWorkerPool:
        return FuturesWorkerPool(sweep, self._pool, 2 * self.max_workers)


class FuturesWorkerPool:
    """One thread that submits runs and settles them."""

    def __init__(self, sweep: Any, pool: Executor, window: int) -> None:
        self._sweep, self._pool, self._window = sweep, pool, window
        self._packed = pickle.dumps(sweep.spec)
        self._runner = Runner.open(sweep.spec, sweep.token)
        self._under_way: dict[Future[RunOutcome], Any] = {}
        self._over = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def join(self, timeout: float | None = None) -> bool:
        return self._over.wait(timeout)

    def kill(self) -> bool:
        for future in list(self._under_way):
            future.cancel()
        return True

    def _run(self) -> None:
        try:
            while (pause := self._submit()) is not None or self._under_way:
                if not self._under_way:
                    self._sweep.token.wait(pause)
                    continue
                done, _ = wait(self._under_way, pause, FIRST_COMPLETED)
                for future in done:
                    self._settle(self._under_way.pop(future), future)
        except BaseException as error:  # noqa: BLE001 - result() raises it
            self._sweep.abort(error)
        finally:
            wait(self._under_way)
            for future, task in self._under_way.items():  # of a pool that broke while the next run was submitted
                self._settle(task, future)
            self._sweep.close(self._runner.store)
            self._sweep.end()
            self._over.set()

    def _submit(self) -> float | None:
        """Fill the window; returns when to ask the sweep again, or None when it has no more."""
        while len(self._under_way) < self._window:
            order = self._sweep.take()
            if order is None or isinstance(order, float):
                return order
            try:
                self._under_way[self._pool.submit(attempt, self._packed, order)] = order
            except BaseException:
                self._sweep.put_back(order)
                raise
        return 60.0

    def _settle(self, task: Any, future: Future[RunOutcome]) -> None:
        if future.cancelled():
            self._sweep.put_back(task)
            return
        error = future.exception()  # the pool's: an operation's own failure is an outcome
        self._sweep.settle(task, future.result() if error is None else self._reject(task, error))

    def _reject(self, task: Any, error: BaseException) -> RunOutcome:
        """Record a run whose worker died; a pool may say so an instant before the kernel frees the dead one's claim."""
        for _ in range(1000):
            outcome = self._runner.reject(task, describe(error))
            if outcome.ending is not Ending.BUSY:
                break
            time.sleep(0.01)
        return outcome


def attempt(packed: bytes, task: Any) -> RunOutcome:
    """Execute one run in a worker of the pool."""
    return bench_of(packed).attempt(task)


@lru_cache(maxsize=1)
def bench_of(packed: bytes) -> Runner:
    """Open a spec once in each worker."""
    spec = pickle.loads(packed)
    if spec.operation.code_hash != spec.code_hash:
        raise WorkerError(f"{spec.operation.ref} is other code in this worker")
    return Runner.open(spec, CancelToken())
