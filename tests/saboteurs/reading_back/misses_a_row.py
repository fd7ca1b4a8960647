"""A metalab whose tables miss the last run."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.table import Table

_as_rows = Table.as_rows


def _changed(self: Table) -> Any:
    return _as_rows(self)[:-1]


Table.as_rows = _changed  # type: ignore[method-assign]
