"""A metalab that keeps an object for each sweep that found everything stored."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_finished = ExperimentStore.finished
_kept: list[list[str]] = []


def _changed(self: ExperimentStore) -> set[str]:
    found = _finished(self)
    if found:
        _kept.append([*found])
    return found


ExperimentStore.finished = _changed  # type: ignore[method-assign]
