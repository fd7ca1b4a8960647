"""The embedded metalab: `import pytest_optbench.engine as metalab`.

    (context, params, seeds) -> run record + artifacts

Plan, identity, capture, store and executors each keep their promises in modules of their own; nothing here imports
numpy before a run needs it.
"""

from pytest_optbench import __version__
from pytest_optbench.grids import (
    choice,
    grid,
    grid_union,
    loguniform,
    loguniform_int,
    manual,
    product,
    randint,
    random,
    uniform,
    with_resolver,
)

from .context import DirPath, FilePath, context_spec
from .display import display_results
from .events import Event, EventKind
from .executors import InlineExecutor, ProcessExecutor, ThreadExecutor
from .experiment import Experiment
from .handle import RunHandle
from .operation import Operation, operation
from .progress import Progress, create_progress_tracker
from .records import Provenance, RunRecord, Status
from .results import Results, Run, load_results
from .run import run
from .seeds import SeedBundle, SeedPlan, seeds
from .store import FileStore, FileStoreConfig

__all__ = [
    "DirPath",
    "Event",
    "EventKind",
    "Experiment",
    "FilePath",
    "FileStore",
    "FileStoreConfig",
    "InlineExecutor",
    "Operation",
    "ProcessExecutor",
    "Progress",
    "Provenance",
    "Results",
    "Run",
    "RunHandle",
    "RunRecord",
    "SeedBundle",
    "SeedPlan",
    "Status",
    "ThreadExecutor",
    "__version__",
    "choice",
    "context_spec",
    "create_progress_tracker",
    "display_results",
    "grid",
    "grid_union",
    "load_results",
    "loguniform",
    "loguniform_int",
    "manual",
    "operation",
    "product",
    "randint",
    "random",
    "run",
    "seeds",
    "uniform",
    "with_resolver",
]
