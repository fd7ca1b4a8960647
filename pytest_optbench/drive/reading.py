"""Read a store by its lists, and by name the parts that the witness saw and no list has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytest_optbench.stress.audit.unlisted import unlisted_names, with_unlisted
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.target import Names, StoreSnapshot

from .sweep_context import SweepContext


def add_unlisted(
    ctx: SweepContext, experiment: Any, store: StoreSnapshot, executions: Iterable[Execution]
) -> StoreSnapshot:
    """Return the snapshot with the parts of these executions that can be read by name only."""
    names = unlisted_names(executions, store.runs)
    return with_unlisted(store, ctx.target.read_named(ctx.options.store, experiment, names)) if names else store


def read_with_series(ctx: SweepContext, experiment: Any, name: str) -> StoreSnapshot:
    """Read a store, and by its name a stepped metric that a run does not list."""
    store = ctx.target.read(ctx.options.store, experiment)
    names = {run.run_id: Names(series=frozenset({name})) for run in store.runs if name not in run.series}
    return with_unlisted(store, ctx.target.read_named(ctx.options.store, experiment, names)) if names else store
