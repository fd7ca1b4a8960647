"""A metalab whose clock goes backwards: a run ends before it began."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.reader import ExperimentReader

_get_run_record = ExperimentReader.get_run_record


def _backwards(self: ExperimentReader, run_id: str) -> Any:
    record = _get_run_record(self, run_id)
    return replace(record, finished_at=record.started_at - timedelta(seconds=1))


ExperimentReader.get_run_record = _backwards  # type: ignore[method-assign]
