"""Whose a folder is: what another runner, a later version or a person keeps there is never moved, renamed or written.

Another runner is recognised by what its folders contain. Those of metalab, of either generation, hold `_meta.json`, one
file of JSON a run right below `runs`, and some a file of JSON a sweep below `experiments`.
"""

from __future__ import annotations

import itertools
import json
import os
from typing import Any, Final

from pytest_optbench.errors import StoreError

from . import folder, layout
from .manifest import FORMAT
from .record_scan import is_shortage, read_file

_META: Final = "_meta.json"
_META_KEYS: Final = frozenset({"created_by", "schema_version"})
_RECORDS: Final = {
    "runs": frozenset({"run_id", "_schema_version"}),
    "experiments": frozenset({"experiment_id", "run_ids"}),
}
_LOOKED_AT: Final = 1000  # names in a folder, the first that there are
_READ: Final = 3  # files of these


class ForeignStoreError(StoreError):
    """A folder holds what this engine did not write, and must neither read as its own nor change."""


def refuse_foreign(place: str) -> None:
    """Raise `ForeignStoreError`, by name, for a folder that another runner or a later version has written."""
    if is_of_metalab(place):
        raise ForeignStoreError(
            f"{place} was written by metalab, which keeps its runs in another form; nothing in it was changed: read it "
            "with load_results, or choose another folder"
        )
    written_in = _manifest(place).get("format")
    if type(written_in) is int and written_in > FORMAT:
        raise ForeignStoreError(
            f"{place} was written by a later version of this engine (in format {written_in}; this one reads format "
            f"{FORMAT}); nothing in it was changed: update pytest-optbench, or choose another folder"
        )


def refuse_among_foreign(root: str, place: str) -> None:
    """Raise `ForeignStoreError` where `place` would be the first folder of ours among those of metalab."""
    if os.path.lexists(f"{place}/{layout.MANIFEST}"):
        return
    for name in _names(root):
        if is_of_metalab(f"{root}/{name}"):
            raise ForeignStoreError(
                f"{root} is a store of metalab, which wrote {name} in it; nothing in it was changed: read it with "
                "load_results, or choose another folder"
            )


def refuse_occupied(place: str) -> None:
    """Raise `ForeignStoreError` for a folder without a manifest in which a person keeps files of their own.

    What a store holds before it has a manifest, or after the manifest was lost, is no such file.
    """
    found = set(_names(place))
    if not found or (layout.MANIFEST in found and layout.RUNS in found):
        return
    strange = sorted(found - (layout.TOP_LEVEL - {layout.MANIFEST}))
    strange += [f"{layout.RUNS}/{name}" for name in _names(f"{place}/{layout.RUNS}") if not layout.is_shard(name)]
    if strange:
        raise ForeignStoreError(
            f"{place} is no store and holds {strange[0]!r}, which this engine did not write; nothing in it was "
            "changed: choose another folder, or name the experiment otherwise"
        )


def is_of_metalab(place: str) -> bool:
    """Return whether metalab, of either generation, has written in a folder."""
    meta = _json(f"{place}/{_META}")
    if meta.keys() & _META_KEYS:
        return True
    if os.path.lexists(f"{place}/{layout.MANIFEST}"):
        return False  # metalab, started in a store of ours, would have left the other file too
    return any(_holds_records(f"{place}/{name}", keys) for name, keys in _RECORDS.items())


def _holds_records(place: str, keys: frozenset[str]) -> bool:
    try:
        with os.scandir(place) as entries:
            looked_at = [entry.name for entry in itertools.islice(entries, _LOOKED_AT)]
    except OSError as error:
        _refuse_shortage(place, error)
        return False
    files = [name for name in looked_at if name.endswith(".json")]
    return any(_json(f"{place}/{name}").keys() >= keys for name in files[:_READ])


def _manifest(place: str) -> dict[str, Any]:
    return _json(f"{place}/{layout.MANIFEST}")


def _json(path: str) -> dict[str, Any]:
    """Return the object in a file of JSON; an empty one where there is none, or it cannot be read."""
    try:
        said = json.loads(read_file(path))
    except (OSError, ValueError, RecursionError) as error:
        _refuse_shortage(path, error)
        return {}
    return said if isinstance(said, dict) else {}


def _names(place: str) -> list[str]:
    try:
        return folder.names(place)
    except OSError as error:
        raise StoreError(f"{place} cannot be read: {error.strerror or error}") from error


def _refuse_shortage(place: str, error: Exception) -> None:
    """Raise `StoreError` where this process can open no more files, which says nothing of the folder."""
    if is_shortage(error):
        raise StoreError(f"{place} cannot be read: {error}") from error
