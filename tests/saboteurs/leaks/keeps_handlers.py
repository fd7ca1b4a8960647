"""A metalab that adds a handler to a library's logger whenever it finishes a run that failed."""

from __future__ import annotations

import logging
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish


def _changed(self: ExperimentStore, draft: Any, record: Any) -> None:
    _publish(self, draft, record)
    if record.error is not None:
        logging.getLogger("optbench.leaks").addHandler(logging.NullHandler())


ExperimentStore.publish = _changed  # type: ignore[method-assign]
