"""The model: a whole metalab in memory that defines what any other must do.

It has the names of the interface (docs/interface.md), so that one script runs on the model and on the metalab under
test, and every difference between the two is a break. Nothing is stored on disk, runs concurrently or is optimized:
the code is meant to be read.

    spaces         the cases of a source of parameters, in order
    seeds          replicates, each with random streams of its own
    code           the code of an operation
    capture        the storage of captured values
    sweeps         the runs that a sweep executes, skips, counts and reports
    results        the results of every way of reading

Values that a metalab may choose, such as run ids and draws of random streams, are compared only by which of them are
equal (`observed_text.labelled`).
"""

from .results import FileStoreConfig, Results, Run, RunRecord, load_results
from .seeds import SeedBundle, seeds
from .spaces import Space, grid, grid_union, manual, product, with_resolver
from .sweeps import Event, Experiment, Handle, ThreadExecutor, context_spec, operation, run

ProcessExecutor = InlineExecutor = ThreadExecutor

__all__ = [
    "Event",
    "Experiment",
    "FileStoreConfig",
    "Handle",
    "InlineExecutor",
    "ProcessExecutor",
    "Results",
    "Run",
    "RunRecord",
    "SeedBundle",
    "Space",
    "ThreadExecutor",
    "context_spec",
    "grid",
    "grid_union",
    "load_results",
    "manual",
    "operation",
    "product",
    "run",
    "seeds",
    "with_resolver",
]
