"""A metalab that ignores that a file of a table is to have the time in its name."""

from __future__ import annotations

import functools
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.results import Results

_to_csv = Results.to_csv


@functools.wraps(_to_csv)
def _without_time(self: Results, path: Any, *, include_fingerprints: bool = False, timestamp: bool = False) -> Any:
    return _to_csv(self, path, include_fingerprints=include_fingerprints)


Results.to_csv = _without_time  # type: ignore[method-assign]
