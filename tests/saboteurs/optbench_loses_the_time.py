"""A metalab whose clock goes backwards: a run ends before it began."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.reader import ExperimentReader

_record_in = ExperimentReader.record_in


def _backwards(self: ExperimentReader, place: int, run_id: str) -> Any:
    record = _record_in(self, place, run_id)
    return replace(record, finished_at=record.started_at - timedelta(seconds=1))


ExperimentReader.record_in = _backwards  # type: ignore[method-assign]
