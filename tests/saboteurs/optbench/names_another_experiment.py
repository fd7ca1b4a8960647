"""A metalab whose records say that they belong to another experiment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.reader import ExperimentReader

_get_run_record = ExperimentReader.get_run_record


def _renamed(self: ExperimentReader, run_id: str) -> Any:
    return replace(_get_run_record(self, run_id), experiment_id="another:1")


ExperimentReader.get_run_record = _renamed  # type: ignore[method-assign]
