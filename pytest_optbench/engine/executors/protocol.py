"""Executors, as the engine sees them: they keep workers busy with the runs of one sweep.

An executor such as `ThreadExecutor(max_workers=4)` owns no thread, process or queue, so that one object serves any
number of sweeps, one after the other, at once, or one inside an operation of another. Every sweep gets a crew of its
own, with its own operation and store: nothing can mix, and no worker waits for itself.

Work is pulled. A pool asks the sweep for the next run only when a worker is free to execute it, so the first run
starts at once and the plan, however large, is never in memory:

    while (order := sweep.take()) is not None:
        if isinstance(order, float):        # nothing now: other processes hold what is left; come back then
            sweep.token.wait(order)
            continue
        sweep.settle(order, runner.attempt(order, sweep.started))

`runner = Runner.open(sweep.spec, sweep.token)` opens the store where the work is done; `sweep.spec`, the task and the
outcome pickle, so a pool may do so in another process or on another machine. `take`, `put_back`, `started` and
`settle` are for one caller at a time: a pool with several callers puts a lock around them.

Dask is one more executor, in one file (the tests keep one on any `concurrent.futures` pool as proof, and
`Client.get_executor()` is such a pool):

- `start` pickles the spec once (`Client.scatter` where the context is large) and starts one thread, the pool.
- The thread keeps two runs for each worker under way: `client.submit(attempt, spec, task, pure=False)`. More would be
  planned too early, fewer would let workers wait.
- `attempt` runs in the worker. It opens a runner once for each spec, unless `operation.code_hash` is not the spec's,
  and returns `runner.attempt(task)`. The store must be one that the workers reach: PostgreSQL, or a shared folder whose
  file system has byte locks.
- A future that ends gives its outcome to `settle`. One that fails has lost its worker: Dask tries it again elsewhere
  (`allowed-failures`), where the dead one's claim is free, and at last `runner.reject` records the failure.
- Cancelling sets the token, so `take` gives no more; runs under way ask a `distributed.Event` through a `CancelToken`
  of their own. `kill` cancels the futures that wait and restarts the workers that do not answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep import Sweep


class WorkerPool(Protocol):
    """The workers of one sweep."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait until every worker has ended; False when `timeout` seconds passed before."""

    def kill(self) -> bool:
        """Stop workers without waiting for the runs they are on; False where workers of this kind cannot be stopped."""


class Executor(Protocol):
    """A way to execute runs."""

    @property
    def max_workers(self) -> int:
        """How many runs of a sweep may be under way at once."""

    def start(self, sweep: Sweep) -> WorkerPool:
        """Begin to execute; returns at once, unless the work is done in the calling thread.

        Raises what forbids executing this sweep, before anything runs.
        """
