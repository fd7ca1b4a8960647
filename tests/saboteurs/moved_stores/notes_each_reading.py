"""A metalab that notes in the store that somebody reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.model.records import RunRecord
from pytest_optbench.engine.store.reader import ExperimentReader

_records = ExperimentReader.records


def _changed(self: ExperimentReader) -> Iterator[RunRecord]:
    with Path(self.path, "readers").open("a") as file:
        file.write("one more\n")
    yield from _records(self)


ExperimentReader.records = _changed  # type: ignore[method-assign]
