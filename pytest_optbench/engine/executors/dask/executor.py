"""Executes runs on a Dask cluster: on this machine by default, on many machines by the address of a scheduler."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.executors.base import DEFAULT_WORKERS, BaseExecutor

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep import Sweep

    from .pool import DaskWorkerPool


class DaskExecutor(BaseExecutor):
    """Up to `max_workers` runs of a sweep at once, in processes that the workers of a Dask cluster start.

    Args:
        address: the address of a scheduler, such as `tcp://10.0.0.1:8786`, or a cluster object of Dask's, such as
            `dask_jobqueue.SLURMCluster`, which stays open. None is a local cluster, which ends with its sweep.
        max_workers: None is as many as the Dask workers of the cluster have threads, or 4 of a local cluster.
        variables: the environment variables that a sweep takes along to its workers, by name or pattern.

    Workers on other machines need this package, the module of the operation, and a store that all reach: a shared
    folder whose file system has locks, or a database.

    Raises:
        InvalidInputError: `max_workers` is below one.
        WorkerError: Dask is not installed.
    """

    def __init__(self, address: Any = None, max_workers: int | None = None, variables: Sequence[str] = ()) -> None:
        super().__init__(DEFAULT_WORKERS if max_workers is None else max_workers)
        self._address = address
        self._most = DEFAULT_WORKERS if max_workers is None and address is None else max_workers
        self._variables = tuple(variables)

    def _start_pool(self, sweep: Sweep) -> DaskWorkerPool:
        """Connect to the cluster; returns before it has workers.

        Raises:
            WorkerError: Dask is not installed, no scheduler answers, or no worker could import the operation or get the
                context; nothing has run.
        """
        from .pool import DaskWorkerPool  # with asyncio, which every session and worker would load

        return DaskWorkerPool(sweep, self._address, self._most, self._chosen_variables())

    def _chosen_variables(self) -> Mapping[str, str]:
        return {
            name: value
            for name, value in os.environ.items()
            if any(fnmatchcase(name, pattern) for pattern in self._variables)
        }

    def __repr__(self) -> str:
        return f"DaskExecutor({self._address!r}, max_workers={self._most})"
