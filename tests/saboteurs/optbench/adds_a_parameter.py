"""A metalab whose records have a parameter that nobody planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.records import RunRecord
from pytest_optbench.engine.store.reader import ExperimentReader

_records = ExperimentReader.records


def _with_one_more(self: ExperimentReader) -> Iterator[RunRecord]:
    for record in _records(self):
        yield replace(record, params_resolved={**record.params_resolved, "more": 0})


ExperimentReader.records = _with_one_more  # type: ignore[method-assign]
