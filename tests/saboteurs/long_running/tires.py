"""A metalab that looks through all earlier runs of the process at each run."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish
_seen: list[str] = []


def _searching(self: ExperimentStore, draft: Any, record: Any) -> None:
    assert not any(one.startswith(record.run_id) for one in _seen)
    if len(_seen) < 5_000:
        _seen.append(f"{len(_seen)}")
    _publish(self, draft, record)


ExperimentStore.publish = _searching  # type: ignore[method-assign]
