"""Artifact names: whatever an artifact is called, it is kept whole or refused by name, and touches nothing else.

Promise: each artifact reads back equal, or is refused by an error that names it; no other artifact, record or run is
lost or replaced; nothing outside the store is touched; different runs that use the same names at the same time do not
meet.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.drive.explained import explained
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.audit.dir_snapshot import changes, dir_snapshot, files_containing, private_temporary
from pytest_optbench.stress.audit.name_outcomes import disturbed, shown
from pytest_optbench.stress.measure.falsify import falsify
from pytest_optbench.stress.measure.limits import largest
from pytest_optbench.stress.witness.witness import run_key

from .crowds import SWEEP, WRITERS, write_in_processes, write_in_threads
from .named_runs import NamedRuns, drive_names
from .odd_names import catalogue, escaping, generated, reserved
from .workload import KINDS, Naming, content_of, trace_of

KEPT = promise("artifact-collisions.reads-back")
ORDINARY = promise("artifact-collisions.ordinary-names")
LISTED = promise("artifact-collisions.listed")
NAMED = promise("artifact-collisions.refused-by-name")
COMPANIONS = promise("artifact-collisions.other-artifacts")
NEIGHBOURS = promise("artifact-collisions.other-runs")
OUTSIDE = promise("artifact-collisions.inside-the-store")
REPLACED = promise("artifact-collisions.replaced-leaves-nothing")
SHRINKING = 4.0  # seconds spent on making a broken example smaller
DEEP = "1/2/3/4/5/6/7"  # more folders than any name climbs: what leaves the store stays in sight


def catalogue_runs(load: Load, _settings: Any) -> str:
    """What a part stores that uses every name of the catalogue in so many runs."""
    return explain_runs(sum(1 for _ in catalogue()) * load.size, artifact=100)


def named_runs(times: int, more: int = 0) -> Callable[[Load, Any], str]:
    """What a part stores that uses some names in so many runs for each unit of its load."""
    return lambda load, _settings: explain_runs(times * load.size + more, artifact=100)


@contextmanager
def fenced(scenario: Scenario, size: int = 0) -> Iterator[tuple[SweepContext, Path]]:
    """A place deep inside a folder of its own, which no name leaves, with private temporary files; and that folder."""
    fence = f"fence{size or ''}"
    ctx = scenario.at(f"{fence}/{DEEP}")
    inner = Path(ctx.options.store).parent
    with private_temporary(inner / "temporary"):
        yield ctx, scenario.folder / fence


def around(ctx: SweepContext, fence: Path) -> Mapping[str, str]:
    """Everything within the fence but the store, the temporary files and the witness."""
    inner = Path(ctx.options.store).parent
    return dir_snapshot(fence, without=(inner / "store", inner / "temporary", ctx.witness))


@pytest.mark.breaking_point(
    "artifact-collisions", light=2, medium=16, heavy=200, extreme=100_000, explain=catalogue_runs
)
def test_catalogue(load: Load, scenario: Scenario) -> None:
    """Every name of the catalogue is kept or refused by name, in `load` runs that use it at once."""
    chosen = list(catalogue())
    for size in scenario.sizes("runs of each name"):
        with fenced(scenario, size) as (ctx, _):
            runs = drive_names(chosen, ctx, replicates=size)
        report(scenario, runs)
        curve = runs.curve()
        tried, survived, _ = curve[-1]
        stopped = "ceiling" if survived == tried else "broke"
        scenario.limit("odd names survived", survived, f"of {tried}", curve, stopped=stopped)


@pytest.mark.breaking_point(
    "artifact-collisions", light=12, medium=500, heavy=40_000, extreme=10**9, explain=named_runs(1)
)
def test_generated_names(load: Load, scenario: Scenario) -> None:
    """Names that Hypothesis makes are kept or refused by name, several in one run, and touch nothing outside."""
    promises: dict[str, Promise] = {}  # by what is told of it

    def check(names: list[str]) -> str:
        with fenced(scenario) as (ctx, fence):
            before = around(ctx, fence)
            runs = drive_names([Naming("generated", tuple(names))], ctx, replicates=1)
            touched = changes(before, around(ctx, fence))
        shutil.rmtree(fence)
        scenario.ran(executed=runs.executed, audited=len(runs.store.runs), seconds=runs.summary.seconds)
        found = {**wrong(runs), **({OUTSIDE: [f"Outside the store, {touched[0]}."]} if touched else {})}
        if not found:
            return ""
        broken, texts = next(iter(found.items()))
        told = f"One run that captures {', '.join(map(shown, names))}. {texts[0]}"
        promises[told] = broken
        return told

    found = falsify(
        generated(scenario.folder / "fence" / DEEP / "outside"),
        check,
        examples=load.size,
        seconds=scenario.search_budget,
        shrinking=SHRINKING,
        database=scenario.examples,
        name=scenario.group,
    )
    scenario.reached(found.tried, "examples")
    scenario.limit(
        "generated examples survived", found.held, "examples", [(found.tried, found.held, not found.message)]
    )
    if found.message:
        scenario.breaks(promises[found.message], found.message)


@pytest.mark.breaking_point(
    "artifact-collisions", light=2**12, medium=2**16, heavy=2**20, extreme=2**26, explain=named_runs(0, 12)
)
def test_longest_name(load: Load, scenario: Scenario) -> None:
    """A name is kept up to some length, and every longer one is refused by name."""

    def probe(length: int) -> tuple[float, bool]:
        runs = drive_names([Naming(f"{length} characters", ("n" * length,))], ctx, replicates=1, title=f"n{length}")
        report(scenario, runs)
        return length, not runs.failed("lost") and runs.namings[0][0].outcome == "kept"

    with fenced(scenario) as (ctx, _):
        limit = largest(probe, ceiling=load.size, budget=scenario.search_budget, resolution=1.0)
    scenario.found("longest artifact name", limit, "characters")


@pytest.mark.breaking_point("artifact-collisions", light=2, medium=8, heavy=64, extreme=10_000, explain=named_runs(16))
def test_nothing_outside(load: Load, scenario: Scenario) -> None:
    """Names that climb out of the run, or are absolute paths, touch nothing outside the store."""
    for size in scenario.sizes("runs of each name"):
        judge_outside(scenario, size)


def judge_outside(scenario: Scenario, size: int) -> None:
    """Capture each name that points outside in so many runs, and look at what is there."""
    with fenced(scenario, size) as (ctx, fence):
        (fence / DEEP).mkdir(parents=True, exist_ok=True)
        (fence / DEEP / "up.json").write_text("somebody else's")
        before = around(ctx, fence)
        runs = drive_names(escaping(fence / DEEP / "outside"), ctx, replicates=size)
        touched = changes(before, around(ctx, fence))
    report(scenario, runs)
    if touched:
        files = [told for told in touched if "folder" not in told] or touched
        scenario.breaks(OUTSIDE, f"In the folder around the store, {files[0]}.", len(touched) - 1)


@pytest.mark.breaking_point(
    "artifact-collisions", light=4, medium=64, heavy=1_000, extreme=100_000, explain=named_runs(1, 150)
)
def test_neighbours_stay(load: Load, scenario: Scenario) -> None:
    """Runs that are in the store stay as they are while others use the names of the store's own files."""
    for size in scenario.sizes("neighbours"):
        judge_neighbours(scenario, size)


def judge_neighbours(scenario: Scenario, size: int) -> None:
    """Store so many plain runs, then runs with hostile names, and look at the first ones again."""
    with fenced(scenario, size) as (ctx, fence):
        plain = drive_names([Naming("neighbour", ("curve", "model"), ("numpy", "json"))], ctx, replicates=size)
        report(scenario, plain)
        own = [path.name for path in Path(ctx.options.store).rglob("*")]
        hostile = [*reserved(own), *escaping(fence / DEEP / "outside")]
        later = drive_names(hostile, replace(ctx, session=f"{ctx.session}-later"))
    report(scenario, later)
    told = disturbed(plain.store, later.store)
    if told:
        scenario.breaks(NEIGHBOURS, f"After {len(hostile)} runs with hostile names, {told[0]}.", len(told) - 1)


@pytest.mark.breaking_point(
    "artifact-collisions", light=2, medium=8, heavy=100, extreme=10_000, explain=named_runs(0, 9)
)
def test_same_name_twice(load: Load, scenario: Scenario) -> None:
    """A name that one run captures again holds the last value alone, whatever kinds the values are of."""
    for size in scenario.sizes("captures"):
        judge_recaptures(scenario, size)


def judge_recaptures(scenario: Scenario, size: int) -> None:
    """Capture one name so many times in a run, for each two kinds of values by turns."""
    pairs = [recapture(one, other, size) for one, other in product(KINDS, KINDS)]
    with fenced(scenario, size) as (ctx, _):
        runs = drive_names(pairs, ctx, replicates=1)
        store = Path(ctx.options.store)
        left = [found for one in pairs for found in leftovers(one, store)]
    report(scenario, runs)
    if left:
        scenario.breaks(REPLACED, left[0], len(left) - 1)


def recapture(one: str, other: str, times: int) -> Naming:
    kinds = tuple((one, other)[index % 2] for index in range(times))
    return Naming(f"{one}, then {other}", ("again",) * times, kinds)


def leftovers(one: Naming, store: Path) -> Iterator[str]:
    """The values that were replaced, and are in a file of the store all the same."""
    key = run_key(one.params, 0, 0)
    for index, kind in enumerate(one.kinds[:-1]):
        for path in files_containing(store, trace_of(content_of(key, index), kind)):
            yield f"'again' captured as {one.label}: capture {index + 1} is still in {path.relative_to(store)}."


@pytest.mark.breaking_point(
    "artifact-collisions",
    light=16,
    medium=400,
    heavy=20_000,
    extreme=10**6,
    explain=explained("short payload", lambda size: len(WRITERS) * size, lambda _: len(WRITERS)),
)
def test_threads_at_once(load: Load, scenario: Scenario) -> None:
    """Eight threads of one process capture the same five names in different runs at the same time."""
    for size in scenario.sizes():
        with scenario.quiet():
            curve = [write_in_threads(scenario, size, writers) for writers in WRITERS]
        scenario.limit(f"writing with {WRITERS[-1]} threads", curve[-1][1], "artifacts/s", curve, kind="time")


@pytest.mark.breaking_point(
    "artifact-collisions", light=32, medium=400, heavy=20_000, extreme=10**6, explain=explained("short payload")
)
def test_processes_at_once(load: Load, scenario: Scenario) -> None:
    """Eight processes capture the same five names in different runs of one store at the same time."""
    for size in scenario.sizes():
        write_in_processes(scenario, load, size)


def report(scenario: Scenario, runs: NamedRuns) -> None:
    """Take over what driving names showed."""
    scenario.ran(executed=runs.executed, audited=len(runs.store.runs), seconds=runs.summary.seconds)
    for broken, told in wrong(runs).items():
        scenario.breaks(broken, told[0], len(told) - 1)


def wrong(runs: NamedRuns) -> Mapping[Promise, Sequence[str]]:
    """What driving names broke, the gravest promise first."""
    found: Mapping[Promise, Sequence[object]] = {
        KEPT: runs.failed("lost"),
        COMPANIONS: runs.controls,
        SWEEP: runs.errors,
        ORDINARY: runs.failed("denied"),
        LISTED: runs.failed("unlisted"),
        NAMED: runs.failed("unnamed"),
    }
    return {broken: [str(one) for one in told] for broken, told in found.items() if told}
