"""Names that the witness saw and a store does not list: the store is asked for them before they count as lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target.snapshot import Names, StoredRun, StoreSnapshot, Unlisted


def unlisted_names(executions: Iterable[Execution], runs: Iterable[StoredRun]) -> dict[str, Names]:
    """Return by run id the names that the run's executions produced and its record does not list."""
    series: dict[str, set[str]] = defaultdict(set)
    artifacts: dict[str, set[str]] = defaultdict(set)
    for execution in executions:
        series[execution.key].update(execution.series or ())
        artifacts[execution.key].update(execution.artifacts or ())
    by_run_id = {}
    for run in runs:
        key = str(run.metrics.get(WITNESS_METRIC))
        names = Names(
            frozenset(series.get(key, set()) - run.series.keys()),
            frozenset(artifacts.get(key, set()) - run.artifacts.keys()),
        )
        if names:
            by_run_id[run.run_id] = names
    return by_run_id


def with_unlisted(store: StoreSnapshot, unlisted: Mapping[str, Unlisted]) -> StoreSnapshot:
    """Return the same snapshot with the parts of its runs that were read by name."""
    runs = tuple(replace(run, unlisted=unlisted.get(run.run_id, run.unlisted)) for run in store.runs)
    return replace(store, runs=runs)


def read_by_name_only(what: str, kind: str, run: StoredRun) -> str:
    """Return the message about a part that is read by its name but that no list of the store names."""
    listed, named = run.unlisted.calls[kind]
    return f"{what} is read by {named}, but not listed by {listed}"
