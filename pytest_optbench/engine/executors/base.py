"""The common part of all executors: a number of workers, and shutting down."""

from __future__ import annotations

import os
import weakref
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Self

from pytest_optbench.errors import InvalidInputError

from .protocol import WorkerPool

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep import Sweep

DEFAULT_WORKERS: Final = 4  # as in metalab


class BaseExecutor(ABC):
    """An executor that takes sweeps until it is shut down; as a context manager, it waits for them at its end.

    Raises:
        InvalidInputError: `max_workers` is no whole number of at least one.
    """

    def __init__(self, max_workers: int) -> None:
        if isinstance(max_workers, bool) or not isinstance(max_workers, int) or max_workers < 1:
            raise InvalidInputError(f"max_workers={max_workers!r} makes no sense: give a whole number >= 1")
        self._max_workers = max_workers
        self._is_open = True
        self._pools: weakref.WeakKeyDictionary[WorkerPool, int] = (
            weakref.WeakKeyDictionary()
        )  # and whose process they are

    @property
    def max_workers(self) -> int:
        """How many runs of a sweep may be under way at once."""
        return self._max_workers

    def start(self, sweep: Sweep) -> WorkerPool:
        """Start a worker pool for one sweep.

        Raises:
            InvalidInputError: the executor was shut down.
        """
        if not self._is_open:
            raise InvalidInputError(f"{self!r} was shut down and takes no more sweeps: make another one")
        pool = self._start_pool(sweep)
        self._pools[pool] = os.getpid()
        return pool

    def shutdown(self, wait: bool = True) -> None:
        """Accept no more sweeps; those under way go on, and with `wait` this returns when they are over.

        An operation must not shut down the executor that it runs on and wait: it would wait for itself.
        """
        self._is_open = False
        if wait:
            for pool, process in list(self._pools.items()):
                if process == os.getpid():  # a forked child has none of the threads of its parent's
                    pool.join()

    @abstractmethod
    def _start_pool(self, sweep: Sweep) -> WorkerPool:
        """Begin to execute; raises what forbids executing this sweep, before anything runs."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(max_workers={self._max_workers})"
