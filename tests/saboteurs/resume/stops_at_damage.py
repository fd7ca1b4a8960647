"""A metalab whose sweep ends at the first record that it cannot use."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_finished = ExperimentStore.finished


def _strict(self: ExperimentStore) -> set[str]:
    found = _finished(self)
    if self.set_aside:
        raise ValueError(f"cannot read {self.set_aside[0]}")
    return found


ExperimentStore.finished = _strict  # type: ignore[method-assign]
