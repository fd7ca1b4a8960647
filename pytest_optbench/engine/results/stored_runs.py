"""What a store, or a folder, holds: its experiments, and the ids of their runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_optbench.engine.store import FileStore, Store, open_store
from pytest_optbench.engine.store.protocol import ReadableStore


def stored_runs(store: Any, experiment_id: str | None) -> Iterator[tuple[ReadableStore, list[str]]]:
    """Yield the store of each experiment with its run ids, sorted; also those of runs that are under way.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InvalidInputError: the store does not hold the experiment; the message lists those it holds.
    """
    for part in _parts(store, experiment_id):
        under_way = getattr(part, "running_ids", tuple)
        yield part, sorted({*part.run_ids(), *under_way()})


def _parts(store: Any, experiment_id: str | None) -> list[Store]:
    scoped = experiment_id or getattr(store, "experiment_id", None)
    if scoped is not None:
        return [open_store(store, scoped, create=False)]
    return list(FileStore(store).parts() if not isinstance(store, FileStore) else store.parts())
