"""Dask executors of a target: on the cluster of the session, or each on one of its own."""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

ADDRESS = "OPTBENCH_DASK"  # the variable by which workers and children find the scheduler
TAKEN_ALONG = ("OPTBENCH_*", "TMPDIR")  # what operations of the suite look for, wherever they are executed


def dask_executor(module: ModuleType, workers: int) -> Any:
    """Return an executor on the scheduler that the environment names; without one each sweep has a local cluster."""
    return module.DaskExecutor(os.environ.get(ADDRESS), max_workers=workers, variables=TAKEN_ALONG)
