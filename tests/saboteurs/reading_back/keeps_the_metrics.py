"""A metalab whose data frames have the metrics even where they are to be left out."""

from __future__ import annotations

import functools
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.results import Results

_to_dataframe = Results.to_dataframe


@functools.wraps(_to_dataframe)
def _with_metrics(self: Results, *, include_metrics: bool = True, **keywords: Any) -> Any:
    return _to_dataframe(self, **keywords)


Results.to_dataframe = _with_metrics  # type: ignore[method-assign,assignment]
