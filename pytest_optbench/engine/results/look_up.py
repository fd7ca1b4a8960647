"""Looking up a value of a run by its name in the table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pytest_optbench.grids.equality import equality_key

from .table import METRIC, PARAM, RECORD_COLUMNS, record_cells

if TYPE_CHECKING:
    from .run import Run


def look_up(run: Run, name: str) -> list[Any]:
    """Return the value under a name in a list, or an empty list where the run has no such name."""
    if name in RECORD_COLUMNS:
        return [dict(zip(RECORD_COLUMNS, record_cells(run), strict=True))[name]]
    for prefix, values in (("", run.params), ("", run.metrics), (PARAM, run.params), (METRIC, run.metrics)):
        if name.startswith(prefix) and name[len(prefix) :] in values:
            return [values[name[len(prefix) :]]]
    return []


def is_any_of(value: Any, fitting: Iterable[Any]) -> bool:
    """Return whether a value equals any of these; arrays, which cannot say so themselves, by all that is in them."""
    for one in fitting:
        try:
            if value == one:
                return True
        except ValueError:
            if equality_key(value) == equality_key(one):
                return True
    return False
