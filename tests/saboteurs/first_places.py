"""Where saboteurs keep the folder in which a store was first set up, so that they notice when it was moved."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.engine.store.file import ExperimentStore
from pytest_optbench.engine.store.reader import ExperimentReader

_set_up = ExperimentStore.set_up


def remember_places() -> None:
    """Have every store that is made from now on write down where it was made."""
    ExperimentStore.set_up = _changed  # type: ignore[method-assign]


def first_place(store: ExperimentReader) -> str:
    """The folder in which a store was first set up."""
    note = Path(store.path, "place")
    return note.read_text() if note.exists() else str(store.path)


def _changed(self: ExperimentStore) -> None:
    _set_up(self)
    note = Path(self.path, "place")
    if not note.exists():
        note.write_text(str(self.path))
