"""A metalab that does not store the runs of sweeps that are started inside of a worker process."""

from __future__ import annotations

import sys
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish


def _losing(self: ExperimentStore, draft: Any, record: Any) -> None:
    in_worker = "pytest_optbench.engine.executors.worker_main" in sys.modules
    if not in_worker or record.params_resolved.get("depth") != 0:
        _publish(self, draft, record)


ExperimentStore.publish = _losing  # type: ignore[method-assign]
