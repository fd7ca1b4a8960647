"""What the marker in an experiment's folder says."""

from __future__ import annotations

import json
from typing import Any, Final

from . import layout
from .record_scan import read_file

FORMAT: Final = 1  # 1: one folder a run, record.json with status first and checksum last


def read_marker(place: str) -> tuple[Any, str]:
    """Return the format and the experiment of the folder `place`; raises `OSError` or `ValueError` if it says none."""
    try:
        said = json.loads(read_file(f"{place}/{layout.MARKER}"))
        written_in, experiment_id = said["format"], said["experiment_id"]
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"it is no marker of an experiment: {error!r}") from None
    if not isinstance(experiment_id, str):
        raise ValueError(f"{experiment_id!r} is no experiment's id")
    return written_in, experiment_id
