"""Finding what metalab wrote: below a folder, which experiments there are, and the ids of their runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from pytest_optbench.engine.model.events import LOGGER

from .folder import names, opened_folder
from .foreign import is_of_metalab
from .locators import path_of
from .metalab_store import MetalabStore
from .record_scan import is_shortage, read_file


def stores_of_metalab(root: Any, experiment_id: str | None = None) -> list[MetalabStore]:
    """Return the experiments of metalab in a folder and right below it, or the one of that id, for reading.

    Raises:
        InvalidInputError: `root` names no folder.
        StoreError: this process can open no more files.
    """
    place = path_of(root)
    found: list[MetalabStore] = []
    for path in (place, *(f"{place}/{name}" for name in sorted(names(place)))):
        if os.path.isdir(path) and is_of_metalab(path):
            found += [store for store in _stores_in(path) if experiment_id in (None, store.experiment_id)]
    return found


def _stores_in(path: str) -> Iterator[MetalabStore]:
    of: dict[str, list[str]] = {}
    for run_id, experiment_id in sorted(_runs_in(path)):
        of.setdefault(experiment_id, []).append(run_id)
    for experiment_id, run_ids in sorted(of.items()):
        yield MetalabStore(path, experiment_id, run_ids)


def _runs_in(path: str) -> Iterator[tuple[str, str]]:
    """Yield the id of each run, and its experiment; records that say neither are reported in the log."""
    try:
        with opened_folder(f"{path}/runs") as runs:
            for name in os.listdir(runs):
                if not name.endswith(".json"):
                    continue
                try:
                    said = json.loads(read_file(name, runs))
                    yield name.removesuffix(".json"), str(said["experiment_id"])
                except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
                    if is_shortage(error):
                        raise
                    LOGGER.warning("left out: %s/runs/%s is no record of a run: %s", path, name, error)
    except (FileNotFoundError, NotADirectoryError):
        return
