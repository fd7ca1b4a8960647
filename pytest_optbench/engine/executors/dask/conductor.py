"""The sweep's side of a Dask cluster: one thread sends batches of runs to Dask workers and settles what they report.

Each worker process on the cluster has one batch at a time, bound to its Dask worker: a batch whose Dask worker is lost
is not executed elsewhere by Dask, which does not know what of it is done. Its runs that are stored count, the others
are handed out again. A run that a number of Dask workers were lost with is recorded as failed.
"""

from __future__ import annotations

import pickle
import queue
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.engine.executors.dispatcher import MAX_FAILED_STARTS, failed_starts
from pytest_optbench.engine.model.events import LOGGER
from pytest_optbench.engine.model.failure import describe
from pytest_optbench.engine.model.outcome import BUSY, RunOutcome
from pytest_optbench.errors import WorkerError

from .batches import MOST_BYTES, BatchSize, BatchUnderWay
from .cluster import DaskCluster, is_loss
from .lost_runs import LostRuns
from .messages import TOPIC, Batch, BatchReport, NoticeKind, SweepPlace
from .station import cancel_station, close_station_soon, execute_batch, kill_station, open_station

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.runner import Runner
    from pytest_optbench.engine.execution.sweep import Sweep
    from pytest_optbench.engine.planning.plan import Task

LOOK: Final = 0.5  # seconds between two looks at which Dask workers there are
RESULT_SECONDS: Final = 10.0  # for a report that is ready; its Dask worker may be lost just then
SAY_AFTER: Final = 10.0  # seconds without any Dask worker


class Conductor:
    """Runs a sweep on a Dask cluster; `run` is for one thread, `kill` for any."""

    def __init__(self, sweep: Sweep, runner: Runner, cluster: DaskCluster, place: SweepPlace, most: int | None) -> None:
        self._sweep, self._runner, self._cluster, self._place, self._most = sweep, runner, cluster, place, most
        self._lost_runs = LostRuns(runner)
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._workers: dict[str, int] = {}  # addresses of Dask workers that know the sweep, and their threads
        self._batches: dict[int, BatchUnderWay] = {}
        self._batch_number = self._run_number = 0
        self._size = BatchSize()
        self._failed_starts = 0
        self._killed = False
        self._looked = 0.0
        self._alone_since: float | None = None
        self._wanted: Any = None  # a Dask task that needs any worker: adaptive clusters start one for it

    def run(self) -> None:
        """Send and settle until the sweep has no more runs."""
        self._sweep.token.when_cancelled(partial(self._inbox.put, self._cancel))
        self._cluster.listen(TOPIC, self._on_message)
        try:
            while True:
                self._look()
                pause = self._fill()
                if not self._batches and (pause is None or self._sweep.token.is_cancelled):
                    break
                self._listen(LOOK if pause is None else min(pause, LOOK))
        except OSError as error:
            raise WorkerError(
                f"the Dask scheduler of {self._sweep.spec.experiment_id} does not answer any more ({error}): what is "
                "finished is stored; start it and run again to resume"
            ) from error
        self._everywhere(close_station_soon)

    def kill(self) -> None:
        """Kill the worker processes of the sweep."""
        self._killed = True
        self._inbox.put(partial(self._everywhere, kill_station))

    # -- Dask workers

    def _look(self) -> None:
        """Look, now and then, which Dask workers have come and which are lost."""
        if time.monotonic() - self._looked < LOOK and self._workers:
            return
        present = self._cluster.threads()
        self._looked = time.monotonic()
        for address in self._workers.keys() - present.keys():
            del self._workers[address]
            for number in [number for number, batch in self._batches.items() if batch.address == address]:
                self._lose(number)
        for address in present.keys() - self._workers.keys():
            if self._introduce(address):
                self._workers[address] = present[address]
        self._sweep.workers = max(1, self._slots())
        self._wait_for_workers()

    def _introduce(self, address: str) -> bool:
        answer = self._cluster.call(open_station, self._place, [address]).get(address)
        if isinstance(answer, OSError):  # it is gone already
            return False
        if answer is not None:
            self._sweep.abort(WorkerError(f"the Dask worker at {address} cannot take the sweep: {answer!r}"))
        return answer is None

    def _wait_for_workers(self) -> None:
        if self._workers:
            self._alone_since = self._wanted = None
        elif self._alone_since is None:
            self._alone_since = time.monotonic()
            self._wanted = self._cluster.want_worker()
        elif time.monotonic() - self._alone_since > SAY_AFTER:
            self._alone_since = float("inf")
            LOGGER.warning("%s waits: its Dask cluster has no worker now", self._sweep.spec.experiment_id)

    def _everywhere(self, what: Callable[..., object]) -> None:
        if self._workers:
            self._cluster.call(what, self._place.sweep, self._workers)

    def _cancel(self) -> None:
        self._everywhere(cancel_station)

    def _slots(self) -> int:
        threads = sum(self._workers.values())
        return threads if self._most is None else min(threads, self._most)

    def _free_worker(self) -> str | None:
        """Return the Dask worker with the most threads that have no batch; None if there is none."""
        if len(self._batches) >= self._slots():
            return None
        free = Counter(self._workers)
        free.subtract(batch.address for batch in self._batches.values())
        address, threads = max(free.items(), key=lambda each: each[1])
        return address if threads > 0 else None

    # -- batches

    def _fill(self) -> float | None:
        """Give each worker without a batch one; return the seconds after which to try again, None at the end."""
        pause: float | None = LOOK
        while (address := self._free_worker()) is not None and not self._sweep.token.is_cancelled:
            runs, tasks, pause = self._gather()
            if runs:
                self._send(address, runs, tasks)
            if pause is None or not runs:
                break
            pause = LOOK
        return pause

    def _gather(self) -> tuple[list[tuple[int, bytes]], dict[int, Task], float | None]:
        """Take runs for one batch; with what the sweep said when it had no more for now."""
        status = self._sweep.status()
        most = self._size.next(status.pending if status.is_total_known else None, self._slots())
        runs: list[tuple[int, bytes]] = []
        tasks: dict[int, Task] = {}
        size = 0
        while len(runs) < most and size < MOST_BYTES:
            order = self._sweep.take()
            if order is None or isinstance(order, float):
                return runs, tasks, order
            try:
                data = pickle.dumps(order, pickle.HIGHEST_PROTOCOL)
            except Exception as error:  # noqa: BLE001 - parameters that do not pickle fail their own run
                self._sweep.settle(order, self._runner.reject(order, describe(error)))
                continue
            self._run_number += 1
            runs.append((self._run_number, data))
            tasks[self._run_number] = order
            size += len(data)
        return runs, tasks, LOOK

    def _send(self, address: str, runs: list[tuple[int, bytes]], tasks: dict[int, Task]) -> None:
        self._batch_number += 1
        number = self._batch_number
        under_way = self._batches[number] = BatchUnderWay(address, tasks, set())
        batch = Batch(self._place.sweep, number, tuple(runs))
        key = f"optbench-{self._place.sweep}-{number}"
        when_done = partial(self._inbox.put, partial(self._on_done, number))
        under_way.future = self._cluster.submit(key, address, when_done, execute_batch, batch)

    def _on_done(self, number: int) -> None:
        batch = self._batches.get(number)
        if batch is None:
            return
        status = batch.future.status
        if status == "finished":
            try:
                report: BatchReport = batch.future.result(timeout=RESULT_SECONDS)
            except TimeoutError:  # lost with its Dask worker, which the next look shows
                return
            del self._batches[number]
            self._settle(batch, report)
        elif status == "error" and not is_loss(error := batch.future.exception()):
            raise WorkerError(f"the Dask worker at {batch.address} cannot execute runs: {error!r}") from error
        elif status != "pending":
            self._lose(number)

    def _settle(self, batch: BatchUnderWay, report: BatchReport) -> None:
        if report.is_unknown:
            self._workers.pop(batch.address, None)  # it is introduced anew
        if report.refused is not None:
            said = f"{report.refused['message']} ({report.refused['type']})"
            self._sweep.abort(WorkerError(f"a worker process on {batch.address} cannot take the sweep: {said}"))
        for number, outcome in report.ended:
            self._settle_run(batch, number, outcome)
        for number, error in report.rejected:
            if (task := batch.outstanding.get(number)) is not None:
                self._settle_run(batch, number, self._runner.reject(task, dict(error)))
        for death in report.died:
            if (task := batch.outstanding.get(death.number)) is not None:
                self._settle_run(batch, death.number, self._lost_runs.died(task, death, killed=self._killed))
        self._count_starts(report)
        self._size.learn(len(report.ended), report.seconds)
        for number in [*batch.outstanding]:
            self._put_back(batch, number)

    def _settle_run(self, batch: BatchUnderWay, number: int, outcome: RunOutcome) -> None:
        task = batch.outstanding.pop(number, None)
        if task is not None:
            self._sweep.settle(task, outcome)

    def _put_back(self, batch: BatchUnderWay, number: int) -> None:
        task = batch.outstanding.pop(number)
        if number in batch.started:
            self._sweep.settle(task, BUSY)  # it counts as running: from now on as one that is asked for again
        else:
            self._sweep.put_back(task)

    def _count_starts(self, report: BatchReport) -> None:
        self._failed_starts = 0 if report.failed_start is None else self._failed_starts + 1
        if report.failed_start is not None and self._failed_starts >= MAX_FAILED_STARTS and not self._killed:
            self._sweep.abort(failed_starts(report.failed_start))

    def _lose(self, number: int) -> None:
        """Settle what a lost Dask worker had finished of a batch, and hand out the rest again."""
        batch = self._batches.pop(number)
        batch.future.cancel()
        suspects = batch.started & batch.outstanding.keys() or {*batch.outstanding}
        for each, task in [*batch.outstanding.items()]:
            outcome = self._lost_runs.lost(task, suspected=each in suspects)
            if outcome is not None:
                self._settle_run(batch, each, outcome)
            else:
                self._put_back(batch, each)

    # -- notices

    def _listen(self, pause: float) -> None:
        try:
            self._inbox.get(timeout=max(pause, 0.001))()
            while True:
                self._inbox.get_nowait()()
        except queue.Empty:
            return

    def _on_message(self, message: dict[str, Any]) -> None:
        if message["sweep"] == self._place.sweep:
            self._inbox.put(partial(self._on_notice, message["batch"], message["notice"]))

    def _on_notice(self, number: int, packed: bytes) -> None:
        kind, *contents = pickle.loads(packed)  # noqa: S301 - from a worker of our own sweep
        if kind == NoticeKind.EVENT:
            event, run_id, message, details = contents
            self._sweep.announcer.tell(event, run_id, message, **details)
            return
        batch = self._batches.get(number)
        if batch is None:
            return
        if kind == NoticeKind.RETURNED:
            for each in contents[0]:
                if each in batch.outstanding:
                    self._put_back(batch, each)
        elif contents[0] in batch.outstanding:
            batch.started.add(contents[0])
            self._sweep.started(batch.outstanding[contents[0]])
