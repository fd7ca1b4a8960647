"""A metalab that fills the gaps of its tables with zeros."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.results import Results

_table = Results.table


def _changed(self: Results, *arguments: Any, **keywords: Any) -> Any:
    rows = _table(self, *arguments, **keywords)
    return [{name: 0 if cell is None and name == "real" else cell for name, cell in row.items()} for row in rows]


Results.table = _changed  # type: ignore[method-assign]
