"""The embedded metalab: `import pytest_optbench.engine as metalab`.

    (context, params, seeds) -> run record + artifacts

Where each promise is kept:

    grids/*                      counts are exact, and no case is made before it is asked for
    identity, encoders           equal configurations are one run; what has no faithful identity is refused by name
    code, sources                a result is that of the code that runs; of other code it is another run
    plan, queue, seen_runs       the first run starts at once; a plan needs no memory
    isolation, seeds, runtime    no run changes another; its randomness and its scratch folder are its own
    capture, strict_json, series captured values come back equal, or are refused at the call
    runner, failure              all that happens to a run ends in its record
    runner, store/claims         no run is executed twice, also by two processes; a dead process loses nothing
    store/draft, store/file      a run is published whole, or not at all
    store/reader, store/check    damage is reported, never fatal; no path, link or type from a store is followed
    store/record_scan            resuming skips sound successes, and nothing else
    executors/*                  sweeps do not mix; a dead worker costs its current run only; cancelling is prompt
    sweep, counters, handle      counts and events as things happen; no success is reported that is not stored
    results, table               a million runs can be iterated; no name that a user gives hides a column
    store/metalab_*, not_offered a store of metalab is read and never changed; what there is not is named with a reason

Nothing here imports numpy before a run needs it.
"""

from typing import Any

from pytest_optbench import __version__
from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.execution.runtime import CancelToken as CancellationToken
from pytest_optbench.engine.execution.runtime import Runtime
from pytest_optbench.engine.identity.checksums import dir_hash, file_hash
from pytest_optbench.engine.model.counters import RunStatus
from pytest_optbench.engine.model.events import Event, EventKind
from pytest_optbench.engine.model.events import Listener as EventCallback
from pytest_optbench.engine.model.records import Artifact as ArtifactDescriptor
from pytest_optbench.engine.model.records import Provenance, RunRecord, Status
from pytest_optbench.engine.planning.context import (
    ContextSpec,
    DirPath,
    FilePath,
    Fingerprintable,
    FrozenContext,
    context_spec,
)
from pytest_optbench.engine.planning.experiment import Experiment
from pytest_optbench.engine.planning.operation import Operation, operation
from pytest_optbench.engine.planning.resolved import ParamResolver, ResolvedSource, with_resolver
from pytest_optbench.engine.planning.seeds import SeedBundle, SeedPlan, seeds
from pytest_optbench.engine.planning.sources import GridSource, ManualSource, ParamCase, ParamSource, RandomSource
from pytest_optbench.engine.results.display import display_results
from pytest_optbench.engine.results.experiment_info import ExperimentInfo
from pytest_optbench.engine.results.results import Results, Run, load_results
from pytest_optbench.errors import RunCancelledError as CancelledError
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
)

from .executors import DaskExecutor, Executor, InlineExecutor, ProcessExecutor, ThreadExecutor, resolve_executor
from .handle import RunHandle
from .metric_display import MetricDisplay
from .not_offered import explain
from .progress import PlainTracker as SimpleProgressTracker
from .progress import Progress, ProgressTracker, create_progress_tracker
from .run import run
from .store import FileStore, FileStoreConfig, SqlStoreConfig, Store, StoreConfig

LocalRunHandle = RunHandle
OperationWrapper = Operation


def __getattr__(name: str) -> Any:
    """Say why there is no such name, where metalab has it."""
    raise AttributeError(explain(__name__, name), name=name)


__all__ = [
    "ArtifactDescriptor",
    "CancellationToken",
    "CancelledError",
    "Capture",
    "ContextSpec",
    "DaskExecutor",
    "DirPath",
    "Event",
    "EventCallback",
    "EventKind",
    "Executor",
    "Experiment",
    "ExperimentInfo",
    "FilePath",
    "FileStore",
    "FileStoreConfig",
    "Fingerprintable",
    "FrozenContext",
    "GridSource",
    "InlineExecutor",
    "LocalRunHandle",
    "ManualSource",
    "MetricDisplay",
    "Operation",
    "OperationWrapper",
    "ParamCase",
    "ParamResolver",
    "ParamSource",
    "ProcessExecutor",
    "Progress",
    "ProgressTracker",
    "Provenance",
    "RandomSource",
    "ResolvedSource",
    "Results",
    "Run",
    "RunHandle",
    "RunRecord",
    "RunStatus",
    "Runtime",
    "SeedBundle",
    "SeedPlan",
    "SimpleProgressTracker",
    "SqlStoreConfig",
    "Status",
    "Store",
    "StoreConfig",
    "ThreadExecutor",
    "__version__",
    "choice",
    "context_spec",
    "create_progress_tracker",
    "dir_hash",
    "display_results",
    "file_hash",
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
    "resolve_executor",
    "run",
    "seeds",
    "uniform",
    "with_resolver",
]
