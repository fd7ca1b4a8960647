"""A metalab whose summary has the largest duration in the place of the mean."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.results import Results

_summary = Results.summary


def _mistaken(self: Results) -> dict[str, Any]:
    summary = _summary(self)
    return {**summary, "avg_duration_ms": summary["max_duration_ms"]}


Results.summary = _mistaken  # type: ignore[method-assign]
