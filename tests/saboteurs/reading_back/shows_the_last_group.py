"""A metalab that displays the last group only."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.results import Results

_display = Results.display


def _changed(self: Results, *arguments: Any, **keywords: Any) -> Any:
    return _display(self[-1:], *arguments, **keywords)


Results.display = _changed  # type: ignore[method-assign]
