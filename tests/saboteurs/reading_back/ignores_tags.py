"""A metalab whose filter ignores the tags that it is given."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.results.results import Results

_filter = Results.filter


def _without_tags(self: Results, predicate: Any = None, tags: Any = None, **wanted: Any) -> Results:
    return _filter(self, predicate, **wanted)


Results.filter = _without_tags  # type: ignore[method-assign]
