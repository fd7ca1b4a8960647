"""The handle of a sweep under way: its status, its end, its cancellation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_optbench.errors import SweepError

from .results import Derived, Results
from .tally import RunStatus

if TYPE_CHECKING:
    from .executors import Crew
    from .store.protocol import Store
    from .sweep import Sweep

GRACE = 5.0  # seconds that runs under way get after Ctrl-C before their workers are stopped


class RunHandle:
    """What `run` returns."""

    def __init__(self, sweep: Sweep, crew: Crew, store: Store, derived: Derived) -> None:
        self._sweep = sweep
        self._crew = crew
        self._store = store
        self._derived = derived

    @property
    def experiment_id(self) -> str:
        """The experiment that runs."""
        return self._sweep.job.experiment_id

    @property
    def status(self) -> RunStatus:
        """The counts as they are now, in constant time."""
        return self._sweep.status()

    @property
    def is_complete(self) -> bool:
        """Whether the sweep is over, one way or another."""
        return self._crew.join(0.0)

    def cancel(self) -> None:
        """Start nothing more; runs under way end by themselves, or when they ask their token."""
        self._sweep.token.cancel()

    def result(self, timeout: float | None = None) -> Results:
        """Wait for the end and return the results of this plan's runs; runs that failed are among them.

        Ctrl-C cancels the sweep, gives runs under way a few seconds, and is raised again; what is finished is stored.

        Raises:
            TimeoutError: not over within `timeout` seconds; the sweep goes on.
            SweepError: runs could not be stored.
            Exception: what ended the plan, such as a value without identity.
        """
        try:
            if not self._crew.join(timeout):
                raise TimeoutError(f"{self.experiment_id} is not over after {timeout} s: {self.status}; it goes on")
        except KeyboardInterrupt:
            self._stop()
            raise
        if self._sweep.error is not None:
            raise self._sweep.error
        if self._sweep.lost:
            raise SweepError(f"{len(self._sweep.lost)} runs are not stored, the first: {self._sweep.lost[0]}")
        return Results(self._store, self._derived, run_ids=self._reached())

    def _stop(self) -> None:
        self.cancel()
        if not self._crew.join(GRACE):
            self._crew.kill()
            self._crew.join(GRACE)

    def _reached(self) -> tuple[str, ...]:
        """The ids of the runs that the plan came to, each once, in the order of the plan."""
        ids = self._sweep.agenda.reached
        return tuple(dict.fromkeys(ids[start : start + 16].hex() for start in range(0, len(ids), 16)))
