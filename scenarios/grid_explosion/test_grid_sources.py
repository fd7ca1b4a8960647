"""A metalab's own sources: its random draws, its selections from a grid, and the runs planned from both.

Promise: draws lie within their ranges and follow from the seed alone; slices, shards, samples, unions and conditions
hold the cases that they say; every case of such a plan runs once, and planned again it does not run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.drive.identity_probe import IdentityProbe, distinct
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import Promise, promise
from pytest_optbench.target import load_target

from .grid_checks import halves
from .source_checks import composition_problems, draw_index_problem, draw_problem, offered_space, pick_problems

DRAWN = promise("grid-explosion.draws")
PICKED = promise("grid-explosion.picks")
RUN = promise("grid-explosion.own-sources")
ALGEBRA = {"slicing", "sharding", "sampling", "grid-algebra", "conditions"}
TARGET = load_target()

every_draw = pytest.mark.breaking_point("grid-explosion", light=1_000, medium=10_000, heavy=100_000, extreme=10**8)


@every_draw
def test_random(load: Load, scenario: Scenario) -> None:
    """Draws of every distribution that there is."""
    TARGET.require("random")

    def draw(count: int, seed: int) -> Any:
        return TARGET.module.random(space=offered_space(TARGET.module), n_trials=count, seed=seed)

    for size in scenario.sizes("cases"):
        message = draw_problem(draw, size)
        if not message and hasattr(draw(1, 1), "__getitem__"):
            message = draw_index_problem(draw(size, 1), size)
        record(scenario, DRAWN, [message] if message else [], size)


@every_draw
def test_algebra(load: Load, scenario: Scenario) -> None:
    """Slices, shards, samples, unions and conditions of a grid equal those of lists of its cases."""
    features = TARGET.features & ALGEBRA
    if not features:
        scenario.not_applicable(f"grids of {TARGET.name} offer none of {', '.join(sorted(ALGEBRA))}")
    for size in scenario.sizes("cases"):
        problems = list(pick_problems(TARGET.module.grid(**halves(size)), halves(size), features))
        record(scenario, PICKED, [*problems, *composition_problems(TARGET.module, size // 4, features)], size)


def record(scenario: Scenario, promise: Promise, problems: Sequence[str], size: int) -> None:
    scenario.examined(size)
    if problems:
        scenario.breaks(promise, problems[0], others=len(problems) - 1)


@pytest.mark.breaking_point(
    "grid-explosion", light=20, medium=400, heavy=10_000, extreme=10**6,
    explain=lambda load, _settings: explain_runs(2 * load.size),
)  # fmt: skip
def test_own_sources(load: Load, scenario: Scenario) -> None:
    """A plan from the metalab's own grid, and one from its own random source, each run twice."""
    for size in scenario.sizes("cases"):
        sources = {"grid": TARGET.module.grid(half=list(range(size // 2)), side=[0, 1])}
        if "random" in TARGET.features:
            sources["random"] = TARGET.module.random(space=offered_space(TARGET.module), n_trials=size, seed=1)
        for name, source in sources.items():
            sweeps = IdentityProbe(scenario.at(f"{name}-{size}"))
            problems = twice(sweeps, name, source)
            scenario.ran(executed=sweeps.executed, audited=size, seconds=sweeps.seconds)
            if problems:
                scenario.breaks(RUN, problems[0], others=len(problems) - 1)


def twice(sweeps: IdentityProbe, name: str, source: Any) -> list[str]:
    """Return the problems with the runs of a source, and of the same source again in the same store."""
    planned, folder = distinct([dict(case.params) for case in source]), sweeps.new_folder()
    first, again = sweeps.run_in(folder, [], params=source), sweeps.run_in(folder, [], params=source)
    problems = first.lost(list(planned.values()))
    if len(first.executed) != len(planned):
        problems.append(f"{len(planned):,} cases of {name} ran {len(first.executed):,} times ({first.error})")
    if again.executions or again.error is not None:
        problems.append(f"planned again, {len(again.executions):,} cases of {name} ran once more ({again.error})")
    return problems
