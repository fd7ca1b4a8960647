"""A metalab that forgets one run of every sweep: its operation executes, its record is gone."""

from __future__ import annotations

from typing import Any

from pytest_optbench import engine
from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run


def run(experiment: Any, *, store: Any = None, **keywords: Any) -> Any:
    """Run, then delete the first record."""
    handle = _run(experiment, store=store, **keywords)
    results = handle.result()
    with_store = engine.FileStoreConfig(root=str(store)).scoped(experiment.experiment_id).connect()
    with_store.delete_run(min(run.run_id for run in results))
    return handle
