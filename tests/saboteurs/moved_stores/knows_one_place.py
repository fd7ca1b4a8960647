"""A metalab that skips finished runs only where they were executed."""

from __future__ import annotations

from collections.abc import Iterable

from first_places import first_place, remember_places

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_finished, _finished_among = ExperimentStore.finished, ExperimentStore.finished_among
_is_finished = ExperimentStore.is_finished
remember_places()


def _all(self: ExperimentStore) -> set[str]:
    return _finished(self) if first_place(self) == self.path else set()


def _some(self: ExperimentStore, run_ids: Iterable[str]) -> set[str]:
    return _finished_among(self, run_ids) if first_place(self) == self.path else set()


def _one(self: ExperimentStore, run_id: str) -> bool:
    return first_place(self) == self.path and _is_finished(self, run_id)


ExperimentStore.finished = _all  # type: ignore[method-assign]
ExperimentStore.finished_among = _some  # type: ignore[method-assign]
ExperimentStore.is_finished = _one  # type: ignore[method-assign]
