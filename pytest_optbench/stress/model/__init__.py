"""The model: a whole metalab in memory, which says what any other has to do.

It has the names of the interface (docs/interface.md), so that one script runs on the model and on the metalab under
test, and whatever the two say differently is a break. Nothing here is stored, nothing runs at once, and nothing is
fast: it is meant to be read.

    spaces       which cases a source of parameters holds, and in which order
    seeds        which replicates there are, and that each has streams of its own
    code         what belongs to the code of an operation
    capture      what is kept of all that an operation hands over
    sweeps       which runs a sweep executes, passes over, counts and reports
    results      what every way of reading gives back

What a metalab may choose freely, such as its run ids or what a random stream draws, is compared by its pattern alone:
what is equal, and what differs (`telling.labelled`).
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
