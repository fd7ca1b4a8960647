"""A metalab that loses a run where several processes store different ones."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish


def _losing(self: ExperimentStore, draft: Any, record: Any) -> None:
    if record.experiment_id.startswith("different-runs") and record.params_resolved["run"] == 5:
        self.discard(draft)
    else:
        _publish(self, draft, record)


ExperimentStore.publish = _losing  # type: ignore[method-assign]
