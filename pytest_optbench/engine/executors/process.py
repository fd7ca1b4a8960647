"""Executes runs in worker processes, each fed by a thread of the parent.

A feeder keeps a few runs on their way to its child, so that the child never waits, and takes one answer a run. The
run that a dead child was on is therefore the first one unanswered: it alone is recorded as failed, the others go back,
and a new child takes over.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from collections import deque
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING, Any

from pytest_optbench.errors import InvalidInputError, WorkerError

from ..bench import Bench
from ..operation import Operation, load_operation
from ..outcome import Outcome
from .thread import checked_workers

if TYPE_CHECKING:
    from ..plan import Task
    from ..sweep import Sweep

AHEAD_SECONDS = 0.02  # work that is on its way to a child
MOST_AHEAD = 64


class ProcessExecutor:
    """Up to `max_workers` runs of a sweep at once, in processes."""

    def __init__(self, max_workers: int = 1) -> None:
        self.max_workers = checked_workers(max_workers)

    def check(self, sweep: Sweep) -> None:
        """Refuse an operation or context that another process cannot have.

        Raises:
            WorkerError: not importable by `module:qualname`, or not picklable.
        """
        operation = sweep.job.operation
        if not _is_importable(operation):
            raise WorkerError(
                f"{operation.ref} cannot be imported by a worker process: define the operation at the top level of a "
                "module that can be imported, not in __main__ or inside a function, or use ThreadExecutor"
            )
        try:
            pickle.dumps(sweep.job)
        except Exception as error:
            raise WorkerError(f"the context cannot be sent to a worker process: {error}") from error

    def start(self, sweep: Sweep) -> ProcessCrew:
        """Start the feeders of one sweep; each starts its child."""
        return ProcessCrew(sweep, self.max_workers)

    def shutdown(self, wait: bool = True) -> None:
        """There is nothing to shut down: every sweep has processes of its own."""


class Child:
    """One worker process and the connection to it."""

    def __init__(self, job: bytes, life: int) -> None:
        self.connection, theirs = Pipe()
        command = f"from pytest_optbench.engine.executors.child import main; main({theirs.fileno()}, {life})"
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter, and a command of our own
            [sys.executable, "-c", command],
            pass_fds=(theirs.fileno(), life), stdin=subprocess.DEVNULL, env=_environment(),
        )  # fmt: skip
        theirs.close()
        self.connection.send(sys.path)
        self.connection.send_bytes(job)

    def ready(self) -> None:
        """Wait until it has the job.

        Raises:
            WorkerError: it could not take it.
        """
        try:
            complaint = self.connection.recv()
        except (EOFError, OSError):
            raise WorkerError(f"a worker process died at its start, with code {self.process.wait()}") from None
        if complaint is not None:
            raise WorkerError(f"a worker process cannot start: {complaint['type']}: {complaint['message']}")

    def end(self) -> int:
        """Let it go, and return its exit code."""
        self.connection.close()
        return self.process.wait()


class ProcessCrew:
    """Feeders and children of one sweep."""

    def __init__(self, sweep: Sweep, workers: int) -> None:
        self._sweep = sweep
        self._bench = Bench.open(sweep.job, sweep.token)
        self._job = pickle.dumps(sweep.job)
        self._turn = threading.Lock()
        self._children: set[Child] = set()
        self._open = workers
        self._life, self._lifeline = os.pipe()
        sweep.token.when_cancelled(self._tell_cancelled)
        self._feeders = [threading.Thread(target=self._feed, name=f"feeder-{n}", daemon=True) for n in range(workers)]
        for feeder in self._feeders:
            feeder.start()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for every feeder, and so for every child."""
        deadline = None if timeout is None else time.monotonic() + timeout
        for feeder in self._feeders:
            feeder.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return not any(feeder.is_alive() for feeder in self._feeders)

    def kill(self) -> None:
        """Kill the children; the runs they are on are recorded as failed."""
        with self._turn:
            for child in self._children:
                child.process.kill()

    def _tell_cancelled(self) -> None:
        with self._turn:
            if self._open:
                os.write(self._lifeline, b"!")

    def _feed(self) -> None:
        try:
            while self._feed_one_child():
                pass
        except BaseException as error:  # noqa: BLE001 - result() raises it; a thread has nobody else to tell
            self._sweep.abort(error)
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._turn:
            self._open -= 1
            if self._open:
                return
            os.close(self._life)
            os.close(self._lifeline)
        self._bench.store.close()

    def _feed_one_child(self) -> bool:
        """Feed a child until there is no more work (False), or until it has died (True)."""
        first = self._take()
        while isinstance(first, float):
            self._sweep.token.wait(first)
            first = self._take()
        if first is None:
            return False
        with self._turn:
            child = Child(self._job, self._life)
            self._children.add(child)
        try:
            child.ready()
            return self._converse(child, first)
        finally:
            with self._turn:
                self._children.discard(child)
            child.end()

    def _converse(self, child: Child, first: Task) -> bool:
        waiting = deque([first])
        pace = 0.0
        died = False
        try:
            child.connection.send(first)
            while waiting:
                pace = self._answered(child.connection, waiting, pace)
                self._send_ahead(child.connection, waiting, pace)
        except (EOFError, OSError):
            died = True
        if died:
            self._bury(waiting, child.process.wait())
        return died

    def _answered(self, connection: Connection[Any, Any], waiting: deque[Task], pace: float) -> float:
        """Take one answer; the new estimate of seconds a run."""
        asked = time.perf_counter()
        answer: Outcome | None = connection.recv()
        took = time.perf_counter() - asked
        task = waiting.popleft()
        with self._turn:
            if answer is None:
                self._sweep.forget(task)
                self._sweep.put_back(task)
            else:
                self._sweep.settle(task, answer)
        return took if not pace else 0.8 * pace + 0.2 * took

    def _send_ahead(self, connection: Connection[Any, Any], waiting: deque[Task], pace: float) -> None:
        ahead = max(1, min(MOST_AHEAD, int(AHEAD_SECONDS / max(pace, 1e-6))))
        while len(waiting) < ahead:
            order = self._take()
            if isinstance(order, float) and not waiting:
                self._sweep.token.wait(order)
                continue
            if order is None or isinstance(order, float):
                return
            waiting.append(order)
            connection.send(order)

    def _take(self) -> Task | float | None:
        with self._turn:
            order = self._sweep.take()
            if order is not None and not isinstance(order, float):
                self._sweep.started(order)
            return order

    def _bury(self, waiting: deque[Task], exit_code: int) -> None:
        """The run that the child was on has failed; those behind it were never begun."""
        culprit = waiting.popleft()
        outcome = self._bench.bury(culprit, exit_code)
        with self._turn:
            self._sweep.settle(culprit, outcome)
            for task in reversed(waiting):
                self._sweep.forget(task)
                self._sweep.put_back(task)


def _environment() -> dict[str, str]:
    """The environment with a path on which a fresh interpreter finds this package."""
    home = os.path.dirname(os.path.dirname(sys.modules["pytest_optbench"].__file__ or ""))  # noqa: PTH120
    known = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": f"{home}{os.pathsep}{known}" if known else home}


def _is_importable(operation: Operation) -> bool:
    """Whether another process finds this very operation by its `ref`."""
    try:
        return not operation.ref.startswith("__main__:") and load_operation(operation.ref) is operation
    except InvalidInputError:
        return False
