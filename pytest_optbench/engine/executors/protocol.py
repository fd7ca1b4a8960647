"""The protocol of executors: something that keeps workers busy with the runs of one sweep.

An executor owns no thread, process or queue, so that one object serves any number of sweeps, one after the other, at
once, or one inside an operation of another. Each sweep gets workers of its own; one that is free pulls the next run.
CONTRIBUTING.md has the loop, and the steps for adding an executor.
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
