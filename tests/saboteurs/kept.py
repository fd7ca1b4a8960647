"""Where saboteurs keep one thing of every run, or of every so many runs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish
_kept: list[object] = []
_published = count(1)


def keep(thing: Callable[[str], object], every: int = 1) -> None:
    """Keep `thing` of the run's id, whenever so many more runs are published."""

    def publish(self: ExperimentStore, draft: Any, record: Any) -> None:
        _publish(self, draft, record)
        if next(_published) % every == 0:
            _kept.append(thing(record.run_id))

    ExperimentStore.publish = publish  # type: ignore[method-assign]
