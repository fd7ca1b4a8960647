"""A metalab that stores half of an artifact where several processes store different runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store import layout
from pytest_optbench.engine.store.file import ExperimentStore

_publish = ExperimentStore.publish


def _tearing(self: ExperimentStore, draft: Any, record: Any) -> None:
    _publish(self, draft, record)
    if record.experiment_id.startswith("different-runs") and record.params_resolved["run"] == 5:
        file = next(Path(layout.run_path(self.path, record.run_id)).glob("best*"))
        os.truncate(file, file.stat().st_size // 2)


ExperimentStore.publish = _tearing  # type: ignore[method-assign]
