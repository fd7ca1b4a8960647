"""The handle of a sweep under way: its status, its end, its cancellation."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import sys
from typing import TYPE_CHECKING, Final

from pytest_optbench.engine.execution.other_code import stored_under_other_code
from pytest_optbench.engine.model.counters import RunStatus
from pytest_optbench.engine.model.events import LOGGER, Listener
from pytest_optbench.engine.results.derived import Derived, keep_derived
from pytest_optbench.engine.results.results import Results
from pytest_optbench.errors import SweepError

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep import Sweep
    from pytest_optbench.engine.store.protocol import Store

    from .executors import WorkerPool

GRACE: Final = 1.0  # seconds that runs under way get after Ctrl-C before their workers are stopped

_UNDER_WAY: set[RunHandle] = set()  # also those that the caller dropped
os.register_at_fork(after_in_child=_UNDER_WAY.clear)  # a child has none of the threads that end them


class RunHandle:
    """A sweep under way, returned by `run`: it goes on until it is over, cancelled, or the interpreter exits.

    A script may end without asking for the result: the interpreter waits for the sweep as it would for a thread.
    """

    def __init__(self, sweep: Sweep, pool: WorkerPool, store: Store, derived: Derived) -> None:
        self._sweep = sweep
        self._pool = pool
        self._store = store
        self._derived = derived
        self._explained = False
        self.job_id = f"sweep-{secrets.token_hex(4)}"  # of this call of `run` alone
        _UNDER_WAY.difference_update([handle for handle in list(_UNDER_WAY) if handle.is_complete])
        _UNDER_WAY.add(self)

    @property
    def experiment_id(self) -> str:
        """The experiment that runs."""
        return self._sweep.spec.experiment_id

    @property
    def store(self) -> Store:
        """The store that the runs are kept in."""
        return self._store

    @property
    def can_reconnect(self) -> bool:
        """False: a sweep ends with its process, and is resumed by running it again."""
        return False

    @property
    def reconnect_locator(self) -> str | None:
        """None: see `can_reconnect`."""
        return None

    def set_event_callback(self, callback: Listener | None) -> None:
        """Call another listener from now on, in place of the one that `run` was given; None for no listener.

        A sweep that started without one reports no artifacts and log lines, and no metrics of the runs that finish.
        """
        self._sweep.announcer.listen(callback)

    @property
    def status(self) -> RunStatus:
        """The counts as they are now, in constant time."""
        return self._sweep.status()

    @property
    def is_complete(self) -> bool:
        """Whether the sweep is over, one way or another, and its workers are gone."""
        return self._pool.join(0.0)

    @property
    def problems(self) -> tuple[str, ...]:
        """Problems that harmed no run: failing listeners, records set aside, claims not freed."""
        set_aside = (f"set aside: {problem}" for problem in self._store.set_aside)
        return (*set_aside, *self._sweep.notices, *self._sweep.announcer.faults)

    def cancel(self) -> None:
        """Start no more runs; those under way end by themselves, or when they check their runtime."""
        self._sweep.token.cancel()

    def result(self, timeout: float | None = None) -> Results:
        """Wait for the end, and return the runs of this plan that are in the store now, in the order of the plan.

        Runs that failed are among them; of a sweep that was cancelled, those that were seen. Ctrl-C cancels the
        sweep, keeps what is finished, gives what is under way a second to stop, and is raised again.

        Raises:
            TimeoutError: not over within `timeout` seconds; the sweep goes on.
            SweepError: runs could not be stored; `status.failed` counts them.
            StoreError: derived metrics could not be kept.
            WorkerError: worker processes could not be started.
            InvalidInputError: the plan has a case that cannot be run; the runs before it are stored.
        """
        try:
            over = self._pool.join(timeout)
        except KeyboardInterrupt:
            self._stop()
            raise
        if not over:
            raise TimeoutError(f"{self.experiment_id} is not over after {timeout} s ({self.status}); it goes on")
        _UNDER_WAY.discard(self)
        if self._sweep.error is not None:
            raise self._sweep.error
        if self._sweep.lost_count:
            raise SweepError(self._what_is_lost())
        self._explain()
        results = Results.of([(self._store, self._seen_run_ids())])
        if self._derived:
            for run in results.successful:
                keep_derived(run, self._derived, overwrite=False)
            self._store.close()
        return results

    def _explain(self) -> None:
        """Log, once, if runs were executed again because the store has them under other code."""
        spec, status = self._sweep.spec, self.status
        if self._explained or not spec.resume or not status.completed + status.failed:
            return
        self._explained = True
        with contextlib.suppress(Exception):  # the results are returned even if older runs cannot be read
            said = stored_under_other_code(self._store, spec, self._sweep.queue.seen)
            if said is not None:
                LOGGER.warning("%s: %s", self.experiment_id, said)

    def _what_is_lost(self) -> str:
        status = self.status
        stopped = f"; it was given up with {status.pending} runs to go" if self._sweep.token.is_cancelled else ""
        return (
            f"{self._sweep.lost_count} runs of {self.experiment_id} could not be stored{stopped}. "
            f"The first: {self._sweep.lost[0]}. Everything else is stored: mend the disk and run again to resume"
        )

    def _stop(self) -> None:
        """Stop after Ctrl-C, promptly; pressed again, it only stops waiting."""
        _UNDER_WAY.discard(self)
        self.cancel()
        if not self._pool.join(GRACE) and self._pool.kill():
            self._pool.join(GRACE)

    def _seen_run_ids(self) -> list[str]:
        """Return the ids of the runs seen so far, each once, in the order of the plan."""
        seen = self._sweep.queue.seen
        if not self._sweep.token.is_cancelled:
            return list(seen)
        return [run_id for run_id in seen if self._store.run_exists(run_id)]


@atexit.register
def _finish() -> None:
    """Wait for sweeps that nobody waited for, unless Ctrl-C is what ends the interpreter."""
    interrupted = getattr(sys, "last_type", None) is KeyboardInterrupt
    for handle in list(_UNDER_WAY):
        if interrupted:
            handle.cancel()
        with contextlib.suppress(Exception):  # a result that is an error was there to be asked for
            handle.result(GRACE if interrupted else None)
