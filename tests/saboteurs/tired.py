"""Where saboteurs call more functions for each run once a hundred are published."""

from __future__ import annotations

from itertools import count
from typing import Any

from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish
_published = count()


def tire(calls: int) -> None:
    """Make so many calls more for each run after the first hundred."""

    def publish(self: ExperimentStore, draft: Any, record: Any) -> None:
        for _ in range(calls if next(_published) > 100 else 0):
            record.run_id.startswith("x")
        _publish(self, draft, record)

    ExperimentStore.publish = publish  # type: ignore[method-assign]
