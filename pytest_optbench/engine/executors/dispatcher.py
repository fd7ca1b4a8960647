"""The parent's side of a sweep in processes: one thread fills the queue, reads reports and replaces dead workers.

It works in rounds. In a round the workers share one queue; the round is over when nothing is left to do, or when what
is left may be lost: a worker that dies between taking a run off the queue and reporting it takes the run with it. Then
the queue is ended, every worker leaves, and runs without a report are executed in the next round, by new workers.
Workers started after a death acknowledge a run before unpickling it, so a run that kills workers early is identified on
its second try.
"""

from __future__ import annotations

import os
import pickle
import selectors
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.engine.model.failure import describe, died, how_it_ended, stopped
from pytest_optbench.engine.model.records import Status
from pytest_optbench.errors import WorkerError

from .channel import ReportKind, TaskQueue
from .worker_process import WorkerProcess

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.runner import Runner
    from pytest_optbench.engine.execution.sweep import Sweep
    from pytest_optbench.engine.planning.plan import Task

WINDOW: Final = 32  # runs in the queue besides two for each worker: enough that no worker waits for the parent
MAX_FAILED_STARTS: Final = 3  # workers in a row that die before they take a run: a fourth would, too
GRACE: Final = 5.0  # seconds that a worker without a run may take to leave


class Dispatcher:
    """Runs a sweep in worker processes; `run` is for one thread, `kill` for any."""

    def __init__(self, sweep: Sweep, runner: Runner, workers: int, sweep_payload: int) -> None:
        self._sweep, self._runner = sweep, runner
        self._most_workers, self._sweep_payload = workers, sweep_payload
        self._workers: set[WorkerProcess] = set()
        self._outstanding: dict[int, Task] = {}  # sent, without a report of their end
        self._number = 0
        self._failed_starts = 0
        self._in_doubt = False  # a worker died in this round: what is outstanding may be lost
        self._ack_first = False  # a worker died: its successors acknowledge each run
        self._killed = False
        self._lock = threading.Lock()
        self._cancelled, self._cancel = os.pipe()
        self._closed = False
        sweep.token.when_cancelled(self._signal_cancel)

    def run(self) -> None:
        """Dispatch until the sweep has no more runs."""
        more = True
        while more:
            self._round()
            for task in self._outstanding.values():
                self._sweep.put_back(task)
            self._outstanding.clear()
            more = self._has_more()

    def kill(self) -> None:
        """Kill every worker and start no other."""
        self._killed = True
        with self._lock:
            for worker in self._workers:
                worker.kill()

    def close(self) -> None:
        """Kill and reap the workers that are left, and close the descriptors."""
        self.kill()
        with self._lock:
            for worker in self._workers:
                worker.reap()
            self._workers.clear()
            self._closed = True
            os.close(self._cancelled)
            os.close(self._cancel)

    # -- one round

    def _round(self) -> None:
        self._queue = TaskQueue()
        self._in_doubt = self._draining = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._cancelled, selectors.EVENT_READ, self._on_cancel)
        try:
            while True:
                pause = self._fill()
                self._spawn()
                if self._is_over(pause):
                    break
                self._listen(pause)
            self._drain()
        finally:
            self._queue.close()
            self._selector.close()

    def _fill(self) -> float | None:
        """Keep the window full; return the seconds after which to try again, or None to wait for a report."""
        self._dry = False
        while self._waiting() < WINDOW + 2 * self._most_workers:
            order = self._sweep.take()
            if order is None or isinstance(order, float):
                self._dry = order is None
                return order
            if not self._send(order):
                self._sweep.put_back(order)
                break
        return None

    def _send(self, task: Task) -> bool:
        try:
            data = pickle.dumps(task, pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - parameters that do not pickle fail their own run
            self._sweep.settle(task, self._runner.reject(task, describe(error)))
            return True
        if not self._queue.put(self._number, data):
            return False
        self._outstanding[self._number] = task
        self._number += 1
        return True

    def _spawn(self) -> None:
        """Start workers until there are as many as the work needs."""
        while len(self._workers) < min(self._most_workers, len(self._outstanding)):
            if self._sweep.token.is_cancelled:
                return
            try:
                descriptors = self._queue.descriptor, self._cancelled, self._sweep_payload
                worker = WorkerProcess(*descriptors, ack_first=self._ack_first)
            except OSError as error:
                if not self._workers:
                    self._sweep.abort(WorkerError(f"a worker process cannot be started: {error}"))
                return
            with self._lock:
                self._workers.add(worker)
            self._selector.register(worker.reports, selectors.EVENT_READ, partial(self._on_reports, worker))
            if worker.exited is not None:
                self._selector.register(worker.exited, selectors.EVENT_READ, partial(self._remove_dead, worker))
            if self._killed:
                worker.kill()

    def _is_over(self, pause: float | None) -> bool:
        if self._sweep.token.is_cancelled:
            return True
        if not self._dry or pause is not None:
            return False
        return not self._outstanding or (self._in_doubt and not self._running())

    def _drain(self) -> None:
        """End the queue and wait until every worker has left; workers without a run are killed after `GRACE`."""
        self._draining = True
        self._queue.end()
        self._listen(0)  # a worker reports that it is ready before it takes a run: one that has not reported has none
        for worker in self._workers:
            if not worker.ready:
                worker.kill()
        latest = time.monotonic() + GRACE
        while self._workers:
            if self._running():
                latest = time.monotonic() + GRACE
            elif time.monotonic() > latest:
                for worker in self._workers:  # only these: there may be a next round
                    worker.kill()
            self._listen(GRACE / 10)

    def _listen(self, pause: float | None) -> None:
        for key, _ in self._selector.select(pause):
            key.data()

    # -- reports of workers

    def _on_reports(self, worker: WorkerProcess) -> None:
        if worker not in self._workers:
            return
        for report in worker.read():
            self._handle_report(worker, *report)
        if worker.exited is None and worker.is_dead:
            self._remove_dead(worker)

    def _handle_report(self, worker: WorkerProcess, kind: ReportKind, *contents: Any) -> None:
        if kind in (ReportKind.STARTED, ReportKind.TAKEN):
            worker.current = (contents[0], contents[1])
            self._failed_starts = 0
            if kind == ReportKind.STARTED:
                self._sweep.started(self._outstanding[contents[0]])
        elif kind == ReportKind.ENDED:
            worker.current = None
            self._sweep.settle(self._outstanding.pop(contents[0]), contents[1])
        elif kind == ReportKind.EVENT:
            event, run_id, message, details = contents
            self._sweep.announcer.tell(event, run_id, message, **details)
        elif kind == ReportKind.READY:
            worker.ready = True
        elif kind == ReportKind.REFUSED:
            self._refuse(contents[0])
        elif kind == ReportKind.REJECTED:
            worker.current = None
            task = self._outstanding.pop(contents[0])
            self._sweep.settle(task, self._runner.reject(task, contents[1]))

    def _refuse(self, error: dict[str, Any]) -> None:
        self._sweep.abort(WorkerError(f"a worker process cannot take the sweep: {error['message']} ({error['type']})"))

    def _remove_dead(self, worker: WorkerProcess) -> None:
        """Reap a worker that has ended, and record the failure of the run it was executing."""
        if worker not in self._workers:
            return
        for report in worker.read():
            self._handle_report(worker, *report)
        self._selector.unregister(worker.reports)
        if worker.exited is not None:
            self._selector.unregister(worker.exited)
        with self._lock:
            self._workers.remove(worker)
        code = worker.reap()
        self._in_doubt = True
        self._ack_first = self._ack_first or not self._draining
        if worker.current is not None:
            self._record_death(*worker.current, code)
        elif self._draining or self._sweep.token.is_cancelled:
            return
        elif worker.ack_first or not worker.ready:  # it took no run
            self._count_failed_start(code)

    def _record_death(self, number: int, since: Any, code: int) -> None:
        task = self._outstanding.pop(number)
        status, error = death(code, killed=self._killed)
        self._sweep.settle(task, self._runner.record_worker_death(task, since, status, error))

    def _count_failed_start(self, code: int) -> None:
        self._failed_starts += 1
        if self._failed_starts >= MAX_FAILED_STARTS:
            self._sweep.abort(failed_starts(code))

    # -- the rest

    def _waiting(self) -> int:
        return len(self._outstanding) - self._running()

    def _running(self) -> int:
        return sum(worker.current is not None for worker in self._workers)

    def _has_more(self) -> bool:
        order = self._sweep.take()
        while isinstance(order, float):
            self._sweep.token.wait(order)
            order = self._sweep.take()
        if order is None:
            return False
        self._sweep.put_back(order)
        return True

    def _signal_cancel(self) -> None:
        """Signal the cancellation to the workers and wake the dispatcher."""
        with self._lock:
            if not self._closed:
                os.write(self._cancel, b"!")

    def _on_cancel(self) -> None:
        self._selector.unregister(self._cancelled)  # nobody reads it: it stays readable for the workers


def failed_starts(code: int) -> WorkerError:
    """Return the error of a sweep whose worker processes end at their start, the last one with this exit code."""
    return WorkerError(
        f"{MAX_FAILED_STARTS} worker processes in a row ended at their start; the last {how_it_ended(code)}"
    )


def death(exit_code: int, *, killed: bool) -> tuple[Status, dict[str, Any]]:
    """Return the status and the error of a run whose worker process died, or was `killed` by us."""
    return (Status.CANCELLED, stopped()) if killed else (Status.FAILED, died(exit_code))
