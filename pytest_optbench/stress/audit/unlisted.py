"""What the witness saw of runs and a store does not list: names to ask the store for before anything is called lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target.snapshot import Names, StoredRun, StoreSnapshot, Unlisted


def sought(executions: Iterable[Execution], runs: Iterable[StoredRun]) -> dict[str, Names]:
    """By run id, the names that the run's executions produced and its record does not list."""
    series: dict[str, set[str]] = defaultdict(set)
    artifacts: dict[str, set[str]] = defaultdict(set)
    for execution in executions:
        series[execution.key].update(execution.series or ())
        artifacts[execution.key].update(execution.artifacts or ())
    found = {}
    for run in runs:
        key = str(run.metrics.get(WITNESS_METRIC))
        names = Names(
            frozenset(series.get(key, set()) - run.series.keys()),
            frozenset(artifacts.get(key, set()) - run.artifacts.keys()),
        )
        if names:
            found[run.run_id] = names
    return found


def completed(store: StoreSnapshot, unlisted: Mapping[str, Unlisted]) -> StoreSnapshot:
    """The same store, with what was read of its runs by name."""
    runs = tuple(replace(run, unlisted=unlisted.get(run.run_id, run.unlisted)) for run in store.runs)
    return replace(store, runs=runs)


def read_by_name_only(what: str, kind: str, run: StoredRun) -> str:
    """What to say of something that no list of the store names."""
    listed, named = run.unlisted.ways[kind]
    return f"{what} is read by {named}, but not listed by {listed}"
