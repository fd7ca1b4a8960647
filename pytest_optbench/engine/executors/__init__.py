"""Ways to execute the runs of a sweep."""

from .dask import DaskExecutor
from .inline import InlineExecutor
from .named import resolve_executor
from .process import ProcessExecutor
from .protocol import Executor, WorkerPool
from .thread import ThreadExecutor

__all__ = [
    "DaskExecutor",
    "Executor",
    "InlineExecutor",
    "ProcessExecutor",
    "ThreadExecutor",
    "WorkerPool",
    "resolve_executor",
]
