"""A metalab that takes a large finished sweep, started again, for a mistake."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_finished = ExperimentStore.finished


def _refused(self: ExperimentStore) -> set[str]:
    found = _finished(self)
    if len(found) == 160:
        raise ValueError("there is nothing to do")
    return found


ExperimentStore.finished = _refused  # type: ignore[method-assign]
