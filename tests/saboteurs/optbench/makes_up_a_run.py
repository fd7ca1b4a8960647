"""A metalab that stores a run which nobody executed: a copy of another, under an id of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.records import RunRecord
from pytest_optbench.engine.store.reader import ExperimentReader

_records = ExperimentReader.records


def _and_one(self: ExperimentReader) -> Iterator[RunRecord]:
    record = None
    for record in _records(self):
        yield record
    if record is not None:
        yield replace(record, run_id="f" * 32, metrics={**record.metrics, "witness": "made up"})


ExperimentReader.records = _and_one  # type: ignore[method-assign]
