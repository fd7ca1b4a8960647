"""A metalab that calls a fifth more functions for each run after the first hundred."""

from __future__ import annotations

from itertools import count
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish
_published = count()


def _looking_around(self: ExperimentStore, draft: Any, record: Any) -> None:
    for _ in range(200 if next(_published) > 100 else 0):
        record.run_id.startswith("x")
    _publish(self, draft, record)


ExperimentStore.publish = _looking_around  # type: ignore[method-assign]
