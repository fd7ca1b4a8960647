"""Arrays that take the silence of the controller for the end of all jobs."""

from __future__ import annotations

from typing import Any

import arrays_lab
from arrays_lab import *  # noqa: F403

_jobs_of = arrays_lab.jobs_of


def _none_left(jobs: Any) -> dict[int, str]:
    return _jobs_of(jobs) or {}


arrays_lab.jobs_of = _none_left
