"""A metalab that never looks at the version in which a store was written."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store import foreign, housekeeping, manifest, reader


def _refuse_none(place: str) -> None:
    """Take every folder for one's own."""


def _read_manifest(place: str) -> Any:
    written_in, experiment_id = _read(place)
    return min(written_in, 1), experiment_id


_read = manifest.read_manifest
for _module in (foreign, housekeeping, manifest, reader):
    for _name, _changed in (("refuse_foreign", _refuse_none), ("read_manifest", _read_manifest)):
        if hasattr(_module, _name):
            setattr(_module, _name, _changed)
