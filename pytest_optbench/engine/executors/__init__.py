"""Ways to execute the runs of a sweep."""

from .inline import InlineExecutor
from .process import ProcessExecutor
from .protocol import Crew, Executor
from .thread import ThreadExecutor

__all__ = ["Crew", "Executor", "InlineExecutor", "ProcessExecutor", "ThreadExecutor"]
