"""The parent's side of a sweep in processes: one thread that fills the queue, hears the workers, and replaces the dead.

It works in rounds. In a round the workers share one queue; the round is over when nothing is left to do, or when what
is left may be lost: a worker that dies between taking a run off the queue and saying so takes the run with it. Then
the queue is ended, every worker leaves, and whatever nobody reported on is done in the next round, by new workers.
Those that are hired after a death say at once which run they take, so that a run that kills its worker before it has
begun is known the second time.
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

from .channel import TaskQueue
from .reports import Report
from .worker_process import WorkerProcess

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.runner import Runner
    from pytest_optbench.engine.execution.sweep import Sweep
    from pytest_optbench.engine.planning.plan import Task

WINDOW: Final = 32  # runs in the queue beside two for each worker: enough that no worker ever waits for us
STILLBORN: Final = 3  # workers in a row that die before they take a run: there is no use in a fourth
GRACE: Final = 5.0  # seconds that a worker without a run may take to leave


class Dispatcher:
    """Runs a sweep in worker processes; `run` is for one thread, `kill` for any."""

    def __init__(self, sweep: Sweep, runner: Runner, workers: int, charter: int) -> None:
        self._sweep, self._runner = sweep, runner
        self._most_workers, self._charter = workers, charter
        self._workers: set[WorkerProcess] = set()
        self._outstanding: dict[int, Task] = {}  # sent, and nothing heard of their end
        self._number = 0
        self._stillborn = 0
        self._in_doubt = False  # a worker died in this round: what is outstanding may be lost
        self._careful = False  # a worker died: let its successors tell what they take
        self._killed = False
        self._lock = threading.Lock()
        self._cancelled, self._cancel = os.pipe()
        self._closed = False
        sweep.token.when_cancelled(self._pass_on_cancel)

    def run(self) -> None:
        """Dispatch until the sweep has no more."""
        more = True
        while more:
            self._round()
            for task in self._outstanding.values():
                self._sweep.put_back(task)
            self._outstanding.clear()
            more = self._has_more()

    def kill(self) -> None:
        """Kill every worker, and start no other."""
        self._killed = True
        with self._lock:
            for worker in self._workers:
                worker.kill()

    def close(self) -> None:
        """Let go of what `run` left behind, however it ended."""
        self.kill()
        with self._lock:
            for worker in self._workers:
                worker.bury()
            self._workers.clear()
            self._closed = True
            os.close(self._cancelled)
            os.close(self._cancel)

    # -- one round

    def _round(self) -> None:
        self._queue = TaskQueue()
        self._in_doubt = self._dismissing = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._cancelled, selectors.EVENT_READ, self._hear_cancel)
        try:
            while True:
                pause = self._fill()
                self._hire()
                if self._is_over(pause):
                    break
                self._listen(pause)
            self._dismiss()
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

    def _hire(self) -> None:
        """Have as many workers as there is work for."""
        while len(self._workers) < min(self._most_workers, len(self._outstanding)):
            if self._sweep.token.is_cancelled:
                return
            try:
                worker = WorkerProcess(self._queue.descriptor, self._cancelled, self._charter, careful=self._careful)
            except OSError as error:
                if not self._workers:
                    self._sweep.abort(WorkerError(f"a worker process cannot be started: {error}"))
                return
            with self._lock:
                self._workers.add(worker)
            self._selector.register(worker.reports, selectors.EVENT_READ, partial(self._hear, worker))
            if worker.death is not None:
                self._selector.register(worker.death, selectors.EVENT_READ, partial(self._lose, worker))
            if self._killed:
                worker.kill()

    def _is_over(self, pause: float | None) -> bool:
        if self._sweep.token.is_cancelled:
            return True
        if not self._dry or pause is not None:
            return False
        return not self._outstanding or (self._in_doubt and not self._running())

    def _dismiss(self) -> None:
        """End the queue and wait until every worker has left; one that holds no run must be quick about it."""
        self._dismissing = True
        self._queue.end()
        self._listen(0)  # a worker says that it is ready before it takes a run: one that did not say so now has none
        for worker in self._workers:
            if not worker.ready:
                worker.kill()
        latest = time.monotonic() + GRACE
        while self._workers:
            if self._running():
                latest = time.monotonic() + GRACE
            elif time.monotonic() > latest:
                for worker in self._workers:  # these alone: there may be a next round
                    worker.kill()
            self._listen(GRACE / 10)

    def _listen(self, pause: float | None) -> None:
        for key, _ in self._selector.select(pause):
            key.data()

    # -- what workers say

    def _hear(self, worker: WorkerProcess) -> None:
        if worker not in self._workers:
            return
        for report in worker.read():
            self._take_in(worker, *report)
        if worker.death is None and worker.is_dead:
            self._lose(worker)

    def _take_in(self, worker: WorkerProcess, kind: Report, *told: Any) -> None:
        if kind in (Report.STARTED, Report.TAKEN):
            worker.current = (told[0], told[1])
            self._stillborn = 0
            if kind == Report.STARTED:
                self._sweep.started(self._outstanding[told[0]])
        elif kind == Report.ENDED:
            worker.current = None
            self._sweep.settle(self._outstanding.pop(told[0]), told[1])
        elif kind == Report.EVENT:
            event, run_id, message, details = told
            self._sweep.announcer.tell(event, run_id, message, **details)
        elif kind == Report.READY:
            worker.ready = True
        elif kind == Report.REFUSED:
            self._refuse(told[0])
        elif kind == Report.REJECTED:
            worker.current = None
            task = self._outstanding.pop(told[0])
            self._sweep.settle(task, self._runner.reject(task, told[1]))

    def _refuse(self, error: dict[str, Any]) -> None:
        self._sweep.abort(WorkerError(f"a worker process cannot take the sweep: {error['message']} ({error['type']})"))

    def _lose(self, worker: WorkerProcess) -> None:
        """Bury a worker that has ended, with the run it was on."""
        if worker not in self._workers:
            return
        for report in worker.read():
            self._take_in(worker, *report)
        self._selector.unregister(worker.reports)
        if worker.death is not None:
            self._selector.unregister(worker.death)
        with self._lock:
            self._workers.remove(worker)
        code = worker.bury()
        self._in_doubt = True
        self._careful = self._careful or not self._dismissing
        if worker.current is not None:
            self._bury_run(*worker.current, code)
        elif self._dismissing or self._sweep.token.is_cancelled:
            return
        elif worker.careful or not worker.ready:  # it took no run
            self._note_stillborn(code)

    def _bury_run(self, number: int, since: Any, code: int) -> None:
        task = self._outstanding.pop(number)
        status, error = (Status.CANCELLED, stopped()) if self._killed else (Status.FAILED, died(code))
        self._sweep.settle(task, self._runner.bury(task, since, status, error))

    def _note_stillborn(self, code: int) -> None:
        self._stillborn += 1
        if self._stillborn >= STILLBORN:
            self._sweep.abort(
                WorkerError(
                    f"{STILLBORN} worker processes in a row ended at their start; the last {how_it_ended(code)}"
                )
            )

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

    def _pass_on_cancel(self) -> None:
        """Let the workers see that the sweep is cancelled, and wake the dispatcher."""
        with self._lock:
            if not self._closed:
                os.write(self._cancel, b"!")

    def _hear_cancel(self) -> None:
        self._selector.unregister(self._cancelled)  # nobody reads it: it stays readable for the workers
