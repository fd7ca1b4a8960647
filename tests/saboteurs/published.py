"""Where saboteurs do harm to a run that was just published: its folder, by the number of the run in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_optbench.engine.store import layout
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish


def after_publishing(harm: Callable[[Path], object], number: int = 3) -> None:
    """Call `harm` with the folder of the `number`-th run that this process publishes."""
    published: list[str] = []

    def publish(self: ExperimentStore, draft: Any, record: Any) -> None:
        _publish(self, draft, record)
        published.append(record.run_id)
        if len(published) == number:
            harm(Path(layout.run_path(self.path, record.run_id)))

    ExperimentStore.publish = publish  # type: ignore[method-assign]
