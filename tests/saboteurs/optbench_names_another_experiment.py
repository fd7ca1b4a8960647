"""A metalab whose records say that they belong to another experiment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.reader import ExperimentReader

_record_in = ExperimentReader.record_in


def _renamed(self: ExperimentReader, place: int, run_id: str) -> Any:
    return replace(_record_in(self, place, run_id), experiment_id="another:1")


ExperimentReader.record_in = _renamed  # type: ignore[method-assign]
