"""A metalab whose data frames make numbers of every column that holds one."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.results import Results

_to_dataframe = Results.to_dataframe


def _changed(self: Results, *arguments: Any, **keywords: Any) -> Any:
    import pandas as pd

    frame = _to_dataframe(self, *arguments, **keywords)
    return frame.assign(whole=pd.to_numeric(frame["whole"], errors="coerce").astype(float))


Results.to_dataframe = _changed  # type: ignore[method-assign]
