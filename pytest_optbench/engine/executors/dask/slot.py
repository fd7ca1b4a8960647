"""One worker process of a sweep on a Dask worker: it executes one batch of runs at a time."""

from __future__ import annotations

import contextlib
import selectors
import time
from collections.abc import Callable
from typing import Any, Final

from pytest_optbench.engine.execution import scratch
from pytest_optbench.engine.executors.channel import ReportKind, TaskQueue
from pytest_optbench.engine.executors.worker_process import Surroundings, WorkerProcess

from .messages import Batch, BatchReport, Death, NoticeKind

PATIENCE: Final = 0.1  # seconds that a run may take before those behind it are returned, and it is reported as started
GRACE: Final = 5.0  # seconds that a process without a run may take to leave

Notify = Callable[..., object]  # (kind of notice, *contents)


class Slot:
    """A worker process and its queue; for one thread at a time, but `kill` and `stop` are for any."""

    def __init__(
        self, cancelled: int, sweep_payload: int, surroundings: Surroundings, listened: bool, is_stopped: bool
    ) -> None:
        self._queue = TaskQueue()
        try:
            descriptors = self._queue.descriptor, cancelled, sweep_payload
            self._worker = WorkerProcess(*descriptors, surroundings=surroundings)
        except BaseException:
            self._queue.close()
            raise
        self._listened = listened
        self._is_stopped = False
        if is_stopped:
            self.stop()

    @property
    def is_usable(self) -> bool:
        """Whether the process can take another batch."""
        return not self._is_stopped and not self._worker.is_dead

    def execute(self, batch: Batch, notify: Notify) -> BatchReport:
        """Execute the runs of a batch in their order, and report what became of each."""
        report = _Execution(self._worker, self._queue, batch, notify, listened=self._listened).until_over()
        if self._is_stopped:  # a process that leaves puts down what it has taken and not begun
            report.died = [death for death in report.died if death.since is not None]
        return report

    def stop(self) -> None:
        """Take back the runs that are not begun; the process leaves after the one that it is on."""
        self._is_stopped = True
        self._queue.end()

    def kill(self) -> None:
        """Kill the process."""
        self._worker.kill()

    def close(self) -> None:
        """Let the process leave, kill it if it does not, and close what belongs to it."""
        self.stop()
        latest = time.monotonic() + GRACE
        while not self._worker.is_dead and time.monotonic() < latest:
            time.sleep(0.005)
        self._worker.kill()
        self._worker.reap()
        self._queue.close()


class _Execution:
    """One batch on its way through a worker process."""

    def __init__(
        self, worker: WorkerProcess, queue: TaskQueue, batch: Batch, notify: Notify, *, listened: bool
    ) -> None:
        self._worker, self._queue = worker, queue
        self._notify, self._listened = notify, listened
        self._report = BatchReport()
        self._waiting = [number for number, data in batch.runs if self._queue_up(number, data)]
        self._worker.current = None  # the run that the operation was called for, and when
        self._announced: int | None = None
        self._last = time.monotonic()  # when a run ended

    def until_over(self) -> BatchReport:
        began = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._worker.reports, selectors.EVENT_READ)
            if self._worker.exited is not None:
                selector.register(self._worker.exited, selectors.EVENT_READ)
            while self._waiting and self._report.refused is None:
                selector.select(PATIENCE)
                dead = self._worker.is_dead  # asked before reading: then nothing more can come
                self._read()
                if dead:
                    self._bury()
                    break
                if time.monotonic() - self._last >= PATIENCE:
                    self._return_rest()
        self._report.seconds = time.monotonic() - began
        return self._report

    def _queue_up(self, number: int, data: bytes) -> bool:
        with contextlib.suppress(BrokenPipeError):  # stopped meanwhile
            return self._queue.put(number, data)
        return False

    def _read(self) -> None:
        for kind, *contents in self._worker.read():
            self._handle(kind, *contents)

    def _handle(self, kind: ReportKind, *contents: Any) -> None:
        if kind == ReportKind.STARTED:
            self._worker.current = (contents[0], contents[1])
            self._last = time.monotonic()
            if self._listened:
                self._announce(contents[0])
        elif kind in (ReportKind.ENDED, ReportKind.REJECTED):
            self._worker.current = None
            self._last = time.monotonic()
            reported = self._report.ended if kind == ReportKind.ENDED else self._report.rejected
            reported.append((contents[0], contents[1]))
            self._waiting.remove(contents[0])
        elif kind == ReportKind.EVENT:
            self._notify(NoticeKind.EVENT, *contents)
        elif kind == ReportKind.READY:
            self._worker.ready = True
            self._last = time.monotonic()
        elif kind == ReportKind.REFUSED:
            self._report.refused = contents[0]

    def _announce(self, number: int) -> None:
        if self._announced != number:
            self._announced = number
            self._notify(NoticeKind.STARTED, number)

    def _return_rest(self) -> None:
        """Give back the runs behind one that takes long: they may be waited for, or other workers are idle."""
        if self._worker.current is not None:
            self._announce(self._worker.current[0])
        elif not self._worker.ready:
            return
        self._last = time.monotonic()
        returned = self._take_back()
        if returned:
            self._notify(NoticeKind.RETURNED, returned)

    def _take_back(self) -> list[int]:
        returned = self._queue.take_back()
        self._waiting = [number for number in self._waiting if number not in returned]
        return returned

    def _bury(self) -> None:
        """Report the runs that the process took with it: of those that it had taken, the ones that have not ended."""
        scratch.sweep()
        self._take_back()
        code = self._worker.exit_code or 0
        if not self._worker.ready:
            self._report.failed_start = code
            return
        taken, since = self._worker.current or (None, None)
        for number in self._waiting:
            began = since if taken == number else None
            self._report.died.append(Death(number, began, code))
