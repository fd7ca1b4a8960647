"""A metalab that writes its records into place piece by piece."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store import layout
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish


def _piecemeal(self: ExperimentStore, draft: Any, record: Any) -> None:
    _publish(self, draft, record)
    if record.experiment_id.startswith("readers"):
        file = Path(layout.run_path(self.path, record.run_id)) / layout.RECORD
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        time.sleep(0.02)
        file.write_bytes(whole)


ExperimentStore.publish = _piecemeal  # type: ignore[method-assign]
