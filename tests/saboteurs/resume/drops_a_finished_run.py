"""A metalab that loses a finished run of a store each time that it looks for what is finished."""

from __future__ import annotations

import contextlib

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore
from pytest_optbench.errors import UnknownRunError

_finished = ExperimentStore.finished


def _losing(self: ExperimentStore) -> set[str]:
    found = _finished(self)
    if found:
        with contextlib.suppress(UnknownRunError):  # another process lost it
            self.delete_run(min(found))
    return found


ExperimentStore.finished = _losing  # type: ignore[method-assign]
