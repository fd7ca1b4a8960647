"""A metalab that does not store the tenth run that does nothing."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish
_noops: list[str] = []


def _losing(self: ExperimentStore, draft: Any, record: Any) -> None:
    if "run" in record.params_resolved:
        _noops.append(record.run_id)
    if len(_noops) != 10 or record.run_id != _noops[-1]:
        _publish(self, draft, record)


ExperimentStore.publish = _losing  # type: ignore[method-assign]
