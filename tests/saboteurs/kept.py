"""Where saboteurs keep one thing of every run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish
_kept: list[object] = []


def keep(thing: Callable[[str], object]) -> None:
    """Keep `thing` of the run's id, whenever one is published."""

    def publish(self: ExperimentStore, draft: Any, record: Any) -> None:
        _publish(self, draft, record)
        _kept.append(thing(record.run_id))

    ExperimentStore.publish = publish  # type: ignore[method-assign]
