"""A metalab that tags the runs of a resumed sweep."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run
from pytest_optbench.engine.store.opening import open_store


def run(experiment: Any, *, store: Any = None, **keywords: Any) -> Any:
    """Run, with a tag where the store holds runs already."""
    if open_store(store, experiment.experiment_id, create=True).list_run_records():
        experiment = replace(experiment, tags=["resumed"])
    return _run(experiment, store=store, **keywords)
