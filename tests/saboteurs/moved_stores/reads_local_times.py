"""A metalab that takes the times in its records for those of the time zone in which they are read."""

from __future__ import annotations

from dataclasses import replace

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.records import RunRecord
from pytest_optbench.engine.store.reader import ExperimentReader

_record_of = ExperimentReader._record_of


def _changed(self: ExperimentReader, data: bytes, run_id: str) -> RunRecord:
    record = _record_of(self, data, run_id)
    return replace(record, started_at=record.started_at.replace(tzinfo=None).astimezone())


ExperimentReader._record_of = _changed  # type: ignore[method-assign]
