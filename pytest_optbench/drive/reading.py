"""Read a store back by every way: what its lists name, and by name what the witness saw and no list names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytest_optbench.stress.audit.unlisted import completed, sought
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.target import Names, StoreSnapshot

from .sweep_context import SweepContext


def complete(
    ctx: SweepContext, experiment: Any, store: StoreSnapshot, executions: Iterable[Execution]
) -> StoreSnapshot:
    """The store as it was read, and what of these executions is read by its name alone."""
    names = sought(executions, store.runs)
    return completed(store, ctx.target.read_named(ctx.options.store, experiment, names)) if names else store


def read_with_series(ctx: SweepContext, experiment: Any, name: str) -> StoreSnapshot:
    """Read a store, and ask by its name for a stepped metric that a run does not list."""
    store = ctx.target.read(ctx.options.store, experiment)
    names = {run.run_id: Names(series=frozenset({name})) for run in store.runs if name not in run.series}
    return completed(store, ctx.target.read_named(ctx.options.store, experiment, names)) if names else store
