"""What a store, or a folder, holds: its experiments, and the ids of their runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_optbench.engine.store import FileStore, FileStoreConfig, open_store
from pytest_optbench.engine.store.foreign import ForeignStoreError
from pytest_optbench.engine.store.metalab_folders import stores_of_metalab
from pytest_optbench.engine.store.opening import is_in_database, whole_store
from pytest_optbench.engine.store.protocol import ReadableStore, RunningReader
from pytest_optbench.errors import InvalidInputError


def stored_runs(store: Any, experiment_id: str | None) -> Iterator[tuple[ReadableStore, list[str]]]:
    """Yield the store of each experiment with its run ids, sorted; also those of runs that are under way.

    What metalab wrote is read as well.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InvalidInputError: the store does not hold the experiment; the message lists those it holds.
    """
    for part in _parts(store, experiment_id):
        if isinstance(part, RunningReader):
            yield part, sorted({*part.run_ids(), *part.running_ids()})
        else:
            yield part, list(part.run_ids())


def _parts(store: Any, experiment_id: str | None) -> Sequence[ReadableStore]:
    if isinstance(store, ReadableStore):
        return [store if experiment_id is None else open_store(store, experiment_id, create=False)]
    scoped = experiment_id or getattr(store, "experiment_id", None)
    if is_in_database(store):
        return _own(store, scoped)
    of_metalab = stores_of_metalab(_root_of(store), scoped)
    try:
        return [*_own(store, scoped), *of_metalab]
    except (ForeignStoreError, InvalidInputError):
        if of_metalab:
            return of_metalab
        known = [found.experiment_id for found in stores_of_metalab(_root_of(store))]
        if not known or scoped is None:
            raise
    listed = ", ".join(known)
    raise InvalidInputError(f"metalab wrote {listed} there: name one of them as experiment_id, not {scoped!r}")


def _own(store: Any, experiment_id: str | None) -> list[ReadableStore]:
    if experiment_id is not None:
        return [open_store(store, experiment_id, create=False)]
    return list(whole_store(store).parts(report_foreign=False))


def _root_of(store: Any) -> str | os.PathLike[str]:
    root: str | os.PathLike[str] = store.root if isinstance(store, FileStore | FileStoreConfig) else store
    return root
