"""Read a store back by every way: what its lists name, and by name what the witness saw and no list names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytest_optbench.stress.audit.unlisted import completed, sought
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.target import Names, StoreSnapshot

from .sweep_context import Place


def complete(place: Place, experiment: Any, store: StoreSnapshot, executions: Iterable[Execution]) -> StoreSnapshot:
    """The store as it was read, and what of these executions is read by its name alone."""
    names = sought(executions, store.runs)
    return completed(store, place.target.read_named(place.drive.store, experiment, names)) if names else store


def read_with_series(place: Place, experiment: Any, name: str) -> StoreSnapshot:
    """Read a store, and ask by its name for a stepped metric that a run does not list."""
    store = place.target.read(place.drive.store, experiment)
    names = {run.run_id: Names(series=frozenset({name})) for run in store.runs if name not in run.series}
    return completed(store, place.target.read_named(place.drive.store, experiment, names)) if names else store
