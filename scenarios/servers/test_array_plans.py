"""Servers, plans of arrays: which runs an array executes, who may follow it, and what submitting one costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.measure import growth
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.target import Target, load_target
from pytest_optbench.target.locators import located
from pytest_optbench.workloads.basic import noop

from .arrays import END, Arrays, comes, on_cluster

SAME = promise("servers.same-runs")
RECONNECTS = promise("servers.reconnects")

pytestmark = pytest.mark.cluster
Plan = Callable[[Target, int], Any]  # an experiment of so many runs


def doubled(context_meta: Any, params_raw: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve params to others."""
    return {"n": 2 * params_raw["n"], "resolved": True}


def with_resolver(target: Target, runs: int) -> Any:
    """Return an experiment whose params are resolved."""
    cases = [{"n": n} for n in range(runs)]
    return target.experiment(name="resolved", version="1", operation=noop, params=cases, resolver=doubled)


def replicated(target: Target, runs: int) -> Any:
    """Return an experiment of a grid with replicates."""
    grid = target.module.grid(n=list(range(runs)), text=["a b"])
    return target.experiment(name="replicated", version="1", operation=noop, params=grid, seeds=(3, 2))


def drawn(target: Target, runs: int) -> Any:
    """Return an experiment of random cases."""
    target.require("random")
    source = target.module.random(space={"x": target.module.uniform(0.0, 1.0)}, n_trials=runs, seed=5)
    return target.experiment(name="drawn", version="1", operation=noop, params=source)


def of_another_maker(target: Target, runs: int) -> Any:
    """Return an experiment of a source that the target has not made."""
    return target.experiment(name="foreign", version="1", operation=noop, params=ForeignSource(runs))


class Case:
    """A case of a source that is none of the target's."""

    def __init__(self, n: int) -> None:
        self.params = {"n": n}
        self.case_id = f"case-{n}"
        self.tags: list[str] = []


class ForeignSource:
    """A source with the interface of the target's own ones."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Case:
        if not 0 <= index < self.size:
            raise IndexError(index)
        return Case(index)

    def __iter__(self) -> Any:
        return map(Case, range(self.size))


PLANS: tuple[Plan, ...] = (with_resolver, replicated, drawn, of_another_maker)


@pytest.mark.breaking_point("servers", light=2, medium=20)
def test_same_runs(load: Load, scenario: Scenario) -> None:
    """Grids, random cases, resolvers and sources of another maker give the same runs as with threads, or a refusal."""
    for plan in PLANS:
        _compare(scenario, plan.__name__, plan(scenario.target, load.size))


def _compare(scenario: Scenario, name: str, experiment: Any) -> None:
    target = scenario.target
    with on_cluster(scenario, name) as arrays:
        by_threads = scenario.at(f"{name}-in-threads")
        target.run(experiment, replace(by_threads.options, executor="thread"))
        expected = _runs_in(target, by_threads.options.store, experiment)
        with arrays.started_as(experiment) as started:
            arrays.finish()
            found = _runs_in(target, arrays.ctx.options.store, experiment)
            refused = not (found or started.is_running) and (started.wait(END) or started.give_up()).error
        scenario.ran(executed=arrays.finished() + len(expected), audited=len(found) + len(expected), seconds=0.0)
        if found != expected and not refused:
            such = f", such as {min(found.values(), key=repr)}" if found else ""
            scenario.breaks(
                SAME,
                f"{name}: threads executed {len(expected)} runs, such as {min(expected.values(), key=repr)}; "
                f"the array {len(found)}{such}: {len(found.items() & expected.items())} are the same.",
            )


@pytest.mark.breaking_point("servers", light=4)
def test_reconnected(load: Load, scenario: Scenario) -> None:
    """A process that did not submit the sweep counts its runs, and gets its results."""
    target = scenario.target
    if not hasattr(target.module, "reconnect"):
        scenario.not_applicable(f"{target.name} has no reconnect")
    with on_cluster(scenario) as arrays:
        sweep = PlannedSweep("followed", noop, [{"n": n} for n in range(load.size)])
        with arrays.started(sweep, chunk_size=1):
            arrays.finish()
        followed = run_child(follow, str(_folder(arrays, sweep)), bounds=ResourceLimits(120.0), fresh=True)
        stored = arrays.examined(sweep)
        if followed.error or followed.value_or_raise() != [load.size] * 3:
            seen = followed.error or f"{followed.value_or_raise()} as completed, as completed in detail, and as results"
            scenario.breaks(
                RECONNECTS, f"{stored} runs were submitted, executed and stored; another process sees {seen}."
            )


@pytest.mark.breaking_point("servers", light=100, medium=1000, heavy=10_000, measured=True)
def test_submission(load: Load, scenario: Scenario) -> None:
    """The time of submitting runs that do nothing, and the exponent with which it grows."""
    with on_cluster(scenario) as arrays:
        arrays.cluster.drain()
        sizes = [load.size // 10, load.size // 3, load.size]
        seconds = [_submit(arrays, runs) for runs in sizes]
        scenario.examined(sum(sizes))
        scenario.limit("submission", seconds[-1], "s", kind="time", better="lower")
        scenario.limit(
            "submission growth exponent", growth(sizes, seconds).exponent, "(1 = linear)", kind="time", better="lower"
        )


def follow(store: str) -> list[int]:
    """Return how many runs a sweep has completed, by its status and in detail, and how many results it has here."""
    module = load_target().module
    handle = module.reconnect(store, verbose=False)
    comes(lambda: handle.is_complete, END)
    completed = handle.status.completed
    detailed = getattr(handle, "detailed_status", {"completed": completed})["completed"]
    return [completed, detailed, len(handle.result(timeout=60.0))]


def _submit(arrays: Arrays, runs: int) -> float:
    sweep = PlannedSweep(f"submitted-{runs}", noop, [{"n": n} for n in range(runs)])
    began = time.perf_counter()
    with arrays.started(sweep, chunk_size=1):
        took = time.perf_counter() - began
        arrays.cluster.cancel_all()
    return took


def _runs_in(target: Target, store: str, experiment: Any) -> dict[str, str]:
    """Return the params of the successes by their run ids."""
    runs = target.read(store, experiment, artifacts=False, series=False, data=False).runs
    return {run.run_id: str(run.params) for run in runs if run.status == "success"}


def _folder(arrays: Arrays, sweep: PlannedSweep) -> Any:
    """Return the folder of the sweep's experiment, by which a sweep on a cluster is found again."""
    store = arrays.scenario.target.dialect.reader(
        arrays.scenario.target.module, arrays.ctx.options.store, f"{sweep.name}:{sweep.version}"
    ).store
    return store.get_working_directory() if store is not None else located(arrays.ctx.options.store)
