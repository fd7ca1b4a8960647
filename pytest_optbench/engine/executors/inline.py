"""Executes runs in the caller's own thread, one after the other: for debugging, and for nothing in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..bench import Bench

if TYPE_CHECKING:
    from ..sweep import Sweep


class InlineExecutor:
    """Every run in the thread that calls `run`, which returns when the sweep is over."""

    max_workers = 1

    def check(self, sweep: Sweep) -> None:
        """Everything can be executed here."""

    def start(self, sweep: Sweep) -> Done:
        """Execute the whole sweep."""
        bench = Bench.open(sweep.job, sweep.token)
        try:
            work_through(sweep, bench)
        finally:
            bench.store.close()
        return Done()

    def shutdown(self, wait: bool = True) -> None:
        """There is nothing to shut down."""


class Done:
    """A crew whose work is over."""

    def join(self, timeout: float | None = None) -> bool:
        """Nothing to wait for."""
        del timeout
        return True

    def kill(self) -> None:
        """Nothing to stop."""


def work_through(sweep: Sweep, bench: Bench) -> None:
    """Execute what the sweep hands out until there is no more."""
    while (order := sweep.take()) is not None:
        if isinstance(order, float):
            sweep.token.wait(order)
            continue
        sweep.started(order)
        try:
            outcome = bench.attempt(order, interruptible=True)
        except KeyboardInterrupt:
            sweep.token.cancel()
            raise
        sweep.settle(order, outcome)
