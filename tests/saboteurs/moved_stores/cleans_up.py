"""A metalab that removes what it does not know from the folder of runs."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_set_up = ExperimentStore.set_up


def _changed(self: ExperimentStore) -> None:
    _set_up(self)
    Path(self.path, "desktop.ini").unlink(missing_ok=True)


ExperimentStore.set_up = _changed  # type: ignore[method-assign]
