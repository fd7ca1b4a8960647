"""A metalab whose random streams depend on what the store already holds: a resumed sweep is another sweep."""

from __future__ import annotations

from random import Random
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import run as _run
from pytest_optbench.engine.planning.seeds import SeedBundle
from pytest_optbench.engine.store.opening import open_store

_derive = SeedBundle.derive
_salt = [0]


def run(experiment: Any, *, store: Any = None, **keywords: Any) -> Any:
    """Run, with a salt for every stream that is the number of stored runs."""
    _salt[0] = len(open_store(store, experiment.experiment_id, create=True).list_run_records())
    return _run(experiment, store=store, **keywords)


def _rng(self: SeedBundle, name: str = "default") -> Random:
    return Random(_derive(self, name) + _salt[0])


SeedBundle.rng = _rng  # type: ignore[method-assign]
