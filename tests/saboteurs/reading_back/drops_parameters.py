"""A metalab whose data frames have no parameters."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.results import Results

_to_dataframe = Results.to_dataframe


def _changed(self: Results, *arguments: Any, **keywords: Any) -> Any:
    frame = _to_dataframe(self, *arguments, **keywords)
    return frame.drop(columns=[column for column in frame if column in ("index", "param_index", "param.index")])


Results.to_dataframe = _changed  # type: ignore[method-assign]
