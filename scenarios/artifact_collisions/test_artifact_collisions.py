"""Artifact names: an artifact of any name is kept whole or refused by name, and affects nothing else.

Promise: each artifact reads back equal, or is refused by an error that names it; no other artifact, record or run is
lost or replaced; nothing outside the store is touched; different runs that use the same names at the same time do not
affect each other.
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
DEEP = "1/2/3/4/5/6/7"  # more folders than any name climbs: files that leave the store are still found


def catalogue_runs(load: Load, _settings: Any) -> str:
    """Describe what a part stores that uses every name of the catalogue in that many runs."""
    return explain_runs(sum(1 for _ in catalogue()) * load.size, artifact=100)


def named_runs(times: int, more: int = 0) -> Callable[[Load, Any], str]:
    """Describe what a part stores that uses some names in that many runs for each unit of its load."""
    return lambda load, _settings: explain_runs(times * load.size + more, artifact=100)


@contextmanager
def fenced(scenario: Scenario, size: int = 0) -> Iterator[tuple[SweepContext, Path]]:
    """Provide a context deep inside a private folder, which no name leaves, with temporary files; and that folder."""
    fence = f"fence{size or ''}"
    ctx = scenario.at(f"{fence}/{DEEP}")
    inner = Path(ctx.options.store).parent
    with private_temporary(inner / "temporary"):
        yield ctx, scenario.folder / fence


def around(ctx: SweepContext, fence: Path) -> Mapping[str, str]:
    """Return a snapshot of the fence without the store, the temporary files and the witness."""
    inner = Path(ctx.options.store).parent
    return dir_snapshot(fence, without=(inner / "store", inner / "temporary", ctx.witness))


@pytest.mark.breaking_point(
    "artifact-collisions", light=2, medium=16, heavy=200, extreme=100_000, explain=catalogue_runs
)
def test_catalogue(load: Load, scenario: Scenario) -> None:
    """Every name of the catalogue is kept or refused by name, in `load` runs that use it."""
    chosen = list(catalogue())
    for size in scenario.sizes("runs of each name"):
        with fenced(scenario, size) as (ctx, _):
            runs = drive_names(chosen, ctx, replicates=size)
        report(scenario, runs)
        curve = runs.curve()
        tried, survived, _ = curve[-1]
        stopped = "ceiling" if survived == tried else "broke"
        failed = runs.not_survived
        scenario.limit("odd names survived", survived, f"of {tried}", curve, stopped=stopped, failed=failed)


@pytest.mark.breaking_point(
    "artifact-collisions", light=12, medium=500, heavy=40_000, extreme=10**9, explain=named_runs(1)
)
def test_generated_names(load: Load, scenario: Scenario) -> None:
    """Names that Hypothesis makes are kept or refused by name, several in one run, and touch nothing outside."""
    promises: dict[str, Promise] = {}  # by message

    def check(names: list[str]) -> str:
        with fenced(scenario) as (ctx, fence):
            before = around(ctx, fence)
            runs = drive_names([Naming("generated", tuple(names))], ctx, replicates=1)
            touched = changes(before, around(ctx, fence))
        shutil.rmtree(fence)
        scenario.ran(executed=runs.executed, audited=len(runs.store.runs), seconds=runs.summary.seconds)
        breaks = {**broken_promises(runs), **({OUTSIDE: [f"Outside the store, {touched[0]}."]} if touched else {})}
        if not breaks:
            return ""
        broken, texts = next(iter(breaks.items()))
        message = f"One run that captures {', '.join(map(shown, names))}. {texts[0]}"
        promises[message] = broken
        return message

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
    """Capture each name that points outside in that many runs, and compare the folders around the store."""
    with fenced(scenario, size) as (ctx, fence):
        (fence / DEEP).mkdir(parents=True, exist_ok=True)
        (fence / DEEP / "up.json").write_text("somebody else's")
        before = around(ctx, fence)
        runs = drive_names(escaping(fence / DEEP / "outside"), ctx, replicates=size)
        touched = changes(before, around(ctx, fence))
    report(scenario, runs)
    if touched:
        files = [change for change in touched if "folder" not in change] or touched
        scenario.breaks(OUTSIDE, f"In the folder around the store, {files[0]}.", len(touched) - 1)


@pytest.mark.breaking_point(
    "artifact-collisions", light=4, medium=64, heavy=1_000, extreme=100_000, explain=named_runs(1, 150)
)
def test_neighbours_stay(load: Load, scenario: Scenario) -> None:
    """Stored runs do not change while others use the names of the store's own files."""
    for size in scenario.sizes("neighbours"):
        judge_neighbours(scenario, size)


def judge_neighbours(scenario: Scenario, size: int) -> None:
    """Store that many plain runs, then runs with hostile names, and read the first ones again."""
    with fenced(scenario, size) as (ctx, fence):
        plain = drive_names([Naming("neighbour", ("curve", "model"), ("numpy", "json"))], ctx, replicates=size)
        report(scenario, plain)
        taken = [path.name for path in Path(ctx.options.store).rglob("*")]
        hostile = [*reserved(taken), *escaping(fence / DEEP / "outside")]
        later = drive_names(hostile, replace(ctx, session=f"{ctx.session}-later"))
    report(scenario, later)
    harm = disturbed(plain.store, later.store)
    if harm:
        scenario.breaks(NEIGHBOURS, f"After {len(hostile)} runs with hostile names, {harm[0]}.", len(harm) - 1)


@pytest.mark.breaking_point(
    "artifact-collisions", light=2, medium=8, heavy=100, extreme=10_000, explain=named_runs(0, 9)
)
def test_same_name_twice(load: Load, scenario: Scenario) -> None:
    """A name that one run captures again has only the last value, for any kinds of values."""
    for size in scenario.sizes("captures"):
        judge_recaptures(scenario, size)


def judge_recaptures(scenario: Scenario, size: int) -> None:
    """Capture one name that many times in a run, for each pair of kinds in turn."""
    pairs = [recapture(first, second, size) for first, second in product(KINDS, KINDS)]
    with fenced(scenario, size) as (ctx, _):
        runs = drive_names(pairs, ctx, replicates=1)
        store = Path(ctx.options.store)
        left = [message for pair in pairs for message in leftovers(pair, store)]
    report(scenario, runs)
    if left:
        scenario.breaks(REPLACED, left[0], len(left) - 1)


def recapture(first: str, second: str, times: int) -> Naming:
    kinds = tuple((first, second)[index % 2] for index in range(times))
    return Naming(f"{first}, then {second}", ("again",) * times, kinds)


def leftovers(recaptured: Naming, store: Path) -> Iterator[str]:
    """Yield the values that were replaced but are still in a file of the store."""
    key = run_key(recaptured.params, 0, 0)
    for index, kind in enumerate(recaptured.kinds[:-1]):
        for path in files_containing(store, trace_of(content_of(key, index), kind)):
            yield f"'again' captured as {recaptured.label}: capture {index + 1} is still in {path.relative_to(store)}."


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
    """Record the runs and the broken promises of some names."""
    scenario.ran(executed=runs.executed, audited=len(runs.store.runs), seconds=runs.summary.seconds)
    for broken, messages in broken_promises(runs).items():
        scenario.breaks(broken, messages[0], len(messages) - 1)


def broken_promises(runs: NamedRuns) -> Mapping[Promise, Sequence[str]]:
    """Return the messages of each broken promise, the most important promise first."""
    failures: Mapping[Promise, Sequence[object]] = {
        KEPT: runs.failed("lost"),
        COMPANIONS: runs.controls,
        SWEEP: runs.errors,
        ORDINARY: runs.failed("denied"),
        LISTED: runs.failed("unlisted"),
        NAMED: runs.failed("unnamed"),
    }
    return {broken: list(map(str, outcomes)) for broken, outcomes in failures.items() if outcomes}
