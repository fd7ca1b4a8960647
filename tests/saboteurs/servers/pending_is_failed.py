"""Arrays that count what waits as failed."""

from __future__ import annotations

import arrays_lab
from arrays_lab import *  # noqa: F403

_tasks = arrays_lab.ArrayHandle.tasks


def _impatient(handle: arrays_lab.ArrayHandle) -> dict[int, str]:
    return {task: arrays_lab.LOST if state == "PENDING" else state for task, state in _tasks(handle).items()}


arrays_lab.ArrayHandle.tasks = _impatient  # type: ignore[method-assign]
