"""The manifest in an experiment's folder, `store.json`."""

from __future__ import annotations

import json
from typing import Any, Final

from . import layout
from .record_scan import read_file

FORMAT: Final = 1  # 1: one folder a run, record.json with status first and checksum last


def read_manifest(place: str) -> tuple[Any, str]:
    """Return the format and the experiment that the manifest in the folder `place` states.

    Raises:
        OSError: the manifest cannot be read.
        ValueError: it does not state both.
    """
    try:
        content = json.loads(read_file(f"{place}/{layout.MANIFEST}"))
        written_in, experiment_id = content["format"], content["experiment_id"]
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"it is no manifest of an experiment: {error!r}") from None
    if not isinstance(experiment_id, str):
        raise ValueError(f"{experiment_id!r} is no experiment's id")
    return written_in, experiment_id
