"""Failure injection: whatever an operation, a worker or the disk does, it costs the run that it happens to.

Promise: the failure is recorded with its error on the right run; the others finish; no success is reported that the
store does not hold; the sweep ends. All faults come from outside of the runner: from its operations, workers and disk.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.drive.child_sweep import raise_target_error, signal_after, start_in_child
from pytest_optbench.drive.explained import explained
from pytest_optbench.drive.fault_kinds import Fault
from pytest_optbench.drive.fault_sweeps import (
    ChildSweepResult,
    FaultSweep,
    audit_fault_sweep,
    by_fault,
    describe_end,
    drive_all,
    drive_until,
    fault_sweep,
    unstored,
)
from pytest_optbench.drive.faults import BULKY, DEATHS, JUNK, PAGE, RAISED
from pytest_optbench.drive.random_faults import random_names
from pytest_optbench.drive.run_and_audit import AuditResult
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.audit.promises import STORED
from pytest_optbench.stress.process.child import ResourceLimits
from pytest_optbench.stress.witness.log import read
from pytest_optbench.target import Summary

from .full_disk import SMALLEST, fill, judged_disk, ran_full

PATIENCE = 30.0  # seconds, and one more for each healthy run; only a sweep that hangs takes as long
ALONE = 15.0  # for one fault, once something is known to be broken
MOST_ALONE = 50  # faults that are looked at one by one
RUNS_ON_DISK = 40
PAGES_A_RUN = 4  # at least
ASKS = promise("failure-injection.cancel-is-seen")


def pages_of(disk: int) -> int:
    return SMALLEST + 2 * disk


def runs_on(disks: int) -> int:
    """How many runs the largest of so many disks has no room for."""
    return max(RUNS_ON_DISK, pages_of(disks - 1) // PAGES_A_RUN)


HEALTHY = {"light": 1, "medium": 20, "heavy": 500, "extreme": 100_000}
WITNESSED = {"light": 1, "medium": 8, "heavy": 16, "extreme": 24}  # the witness of so many runs is within the limit too


def load_among(runs: Callable[[int], int], more: int = 0, healthy: Mapping[str, int] = HEALTHY) -> pytest.MarkDecorator:
    """A load of healthy runs before, between and after those in which something goes wrong."""
    explain = explained("fault", runs, more=more)
    return pytest.mark.breaking_point("failure-injection", **healthy, explain=explain)


def load_of(
    catalogue: Mapping[str, Fault], more: int = 0, healthy: Mapping[str, int] = HEALTHY
) -> pytest.MarkDecorator:
    return load_among(lambda size: len(catalogue) * (size + 1) + size, more, healthy)


random_load = pytest.mark.breaking_point(
    "failure-injection",
    light=24,
    medium=400,
    heavy=5_000,
    extreme=1_000_000,
    explain=explained("random fault"),
)


@load_of(RAISED, more=35_000)
def test_exceptions(load: Load, scenario: Scenario) -> None:
    """Whatever an operation raises fails its own run, and is recorded with it."""
    survey(scenario, RAISED, "exceptions survived")


@load_of(RAISED, more=35_000)
def test_exceptions_in_processes(load: Load, scenario: Scenario) -> None:
    """Whatever an operation raises in a worker process fails its own run, and is recorded with it."""
    scenario.target.require("process")
    survey(scenario, RAISED, "exceptions survived in processes", executor="process", workers=2)


@load_of(DEATHS)
def test_dead_workers(load: Load, scenario: Scenario) -> None:
    """A worker process that dies fails the run that it was on; another one goes on."""
    scenario.target.require("process")
    survey(scenario, DEATHS, "dead workers survived", executor="process", workers=2)


@load_of(JUNK)
def test_junk(load: Load, scenario: Scenario) -> None:
    """Whatever an operation returns or captures, its run is stored, as a success that is whole or as failed."""
    survey(scenario, JUNK, "odd results survived")


@load_of(BULKY, more=160_000, healthy=WITNESSED)
def test_file_size_limit(load: Load, scenario: Scenario) -> None:
    """A file that cannot be written (RLIMIT_FSIZE) costs the run that wrote it."""
    survey(scenario, BULKY, "oversized files survived", file_size=150_000)


@random_load
def test_random_faults(load: Load, scenario: Scenario) -> None:
    """Whatever is drawn to go wrong costs the run that it happens to; a seed repeats what was drawn."""
    at_random(scenario)


@random_load
def test_random_faults_in_processes(load: Load, scenario: Scenario) -> None:
    """Whatever is drawn to go wrong in worker processes, death included, costs the run that it happens to."""
    scenario.target.require("process")
    at_random(scenario, deadly=True, executor="process", workers=2)


@pytest.mark.breaking_point(
    "failure-injection",
    light=2,
    medium=8,
    heavy=100,
    extreme=10_000,
    explain=explained("page", runs_on, what="{size} small disks in turn, each three times for a while"),
)
def test_full_disk(load: Load, scenario: Scenario) -> None:
    """A disk that is full costs the runs that it has no room for; with room again, they are done."""
    found: dict[str, AuditResult] = {}
    for disks in scenario.sizes("disks"):
        pages = [pages_of(disk) for disk in range(len(found), disks)]
        runs = runs_on(disks)
        stage = fault_sweep(scenario.at(f"disks-{disks}"), [PAGE] * runs, healthy=0)
        try:
            for number, filled in zip(pages, fill(stage, pages, PATIENCE + runs), strict=True):
                if not ran_full(filled):
                    scenario.inconclusive(f"{runs} runs fit on a disk of {number} pages: more runs would do")
                found[f"a disk of {number} pages"] = judged_disk(stage, filled)
                shutil.rmtree(filled.folder)
        except OSError as refusal:
            scenario.inconclusive(
                f"{refusal}; run it as root, or as a user who may make a user namespace and mount in it"
            )
        report(scenario, found, "full disks survived")
    ran(scenario, found.values())


@load_among(lambda healthy: healthy + 1)
def test_cancelled(load: Load, scenario: Scenario) -> None:
    """A sweep that is cancelled ends when the run under way asks whether it should, and keeps what had ended."""
    scenario.target.require("cancel")
    name = "a long run that asks"
    for healthy in scenario.sizes("healthy runs"):
        stage = fault_sweep(scenario.at(f"stopped-{healthy}"), [name], healthy)
        how = drive_until(stage, name, PATIENCE + stage.planned_sweep.runs)
        kept(scenario, stage, audit_fault_sweep(stage, how, complete=False))
        asked = [one for one in read(stage.ctx.witness) if one.outcome == "interrupted"]
        if asked:
            scenario.breaks(
                ASKS, f"The run with key {asked[0].key} was under way, asked on and on, and was never told."
            )


@load_among(lambda healthy: 2 * healthy + 1)
def test_hanging(load: Load, scenario: Scenario) -> None:
    """A run that hangs in a worker process does not keep a sweep from ending at Ctrl-C."""
    scenario.target.require("process")
    for healthy in scenario.sizes("healthy runs"):
        ctx = scenario.at(f"hanging-{healthy}", executor="process", workers=2)
        stage = fault_sweep(ctx, ["a run that hangs"], healthy)
        with start_in_child(
            stage.planned_sweep, ctx, bounds=ResourceLimits(PATIENCE + stage.planned_sweep.runs)
        ) as child:
            signal_after(child, ctx, signal.SIGINT, after=2 * healthy)
            ended = child.wait()
        raise_target_error(ended)
        if not any(one.outcome == "interrupted" for one in read(ctx.witness)):
            scenario.inconclusive("no run was hanging when the sweep got its SIGINT: a less loaded machine would do")
        how = (
            ChildSweepResult(None, describe_end(ended))
            if ended.timed_out
            else ChildSweepResult(Summary(timed_out=True))
        )
        kept(scenario, stage, audit_fault_sweep(stage, how, complete=False))


def kept(scenario: Scenario, stage: FaultSweep, found: AuditResult) -> None:
    """Report a sweep that was stopped: what had come to its end must be stored."""
    ran(scenario, [found])
    for finding in found.findings:
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)
    runs = scenario.target.read(stage.ctx.options.store, stage.planned_sweep.experiment(scenario.target)).runs
    lost = unstored(read(stage.ctx.witness), runs)
    if lost:
        scenario.breaks(STORED, f"The run with key {lost[0]} ended before the sweep was stopped, and is not stored.")


def survey(
    scenario: Scenario, catalogue: Mapping[str, Fault], limit: str, file_size: int | None = None, **options: Any
) -> None:
    """Let every fault of a catalogue happen among more and more healthy runs."""
    for healthy in scenario.sizes("healthy runs"):
        stage = fault_sweep(scenario.at(f"among-{healthy}", **options), tuple(catalogue), healthy)
        report(scenario, found_in(scenario, stage, healthy, file_size), limit)


def at_random(scenario: Scenario, *, deadly: bool = False, **options: Any) -> None:
    """Draw for each run of a sweep whether and how it goes wrong, anew for each size."""
    for number, runs in enumerate(scenario.sizes()):
        names = list(random_names(scenario.seed + number, runs, deadly=deadly))
        found = found_in(scenario, fault_sweep(scenario.at(f"of-{runs}", **options), names, 0), runs)
        scenario.measure("faults", sum(map(bool, names)))
        breaks(scenario, found)


def found_in(
    scenario: Scenario, stage: FaultSweep, runs: int, file_size: int | None = None
) -> Mapping[str, AuditResult]:
    """What each fault of a sweep broke, found in sweeps of their own where the one does not tell."""
    (together,) = play(scenario, [stage], PATIENCE + runs, file_size)
    found = by_fault(stage, together)
    if found is not None:
        return found
    names = [str(case["fault"]) for case in stage.planned_sweep.cases if case["fault"]]
    ctx = stage.ctx.options.store
    alone = [
        fault_sweep(scenario.at(f"{Path(ctx).parent.name}-{number}", **own_of(stage)), [name], 1)
        for number, name in enumerate(names[:MOST_ALONE])
    ]
    told = play(scenario, alone, ALONE, file_size)
    found = dict(zip(names, told, strict=False))  # of those after a hang nothing is known
    if not any(one.violations for one in found.values()):
        return dict.fromkeys(names, together)  # they break only in company
    return found


def own_of(stage: FaultSweep) -> dict[str, Any]:
    return {"executor": stage.ctx.options.executor, "workers": stage.ctx.options.workers}


def play(scenario: Scenario, stages: Sequence[FaultSweep], seconds: float, file_size: int | None) -> list[AuditResult]:
    driven = until_a_hang(drive_all(stages, seconds, file_size=file_size))
    told = [audit_fault_sweep(stage, how) for stage, how in zip(stages, driven, strict=False)]
    ran(scenario, told)
    return told


def until_a_hang(driven: Iterable[ChildSweepResult]) -> Iterator[ChildSweepResult]:
    """End with a sweep that hung: the next ones would hang as long."""
    for how in driven:
        yield how
        if how.hung:
            return


def ran(scenario: Scenario, told: Iterable[AuditResult]) -> None:
    for one in told:
        scenario.ran(executed=one.executed, audited=one.audited, seconds=one.seconds)


def report(scenario: Scenario, found: Mapping[str, AuditResult], limit: str) -> None:
    """Record how many faults were survived, and the first that broke each promise."""
    broken = [name for name, one in found.items() if one.violations]
    survived, curve = 0, []
    for tried, name in enumerate(found, start=1):
        survived += name not in broken
        curve.append((tried, survived, name not in broken))
    scenario.limit(limit, survived, f"of {len(found)} faults", curve, stopped="broke" if broken else "ceiling")
    breaks(scenario, found)


def breaks(scenario: Scenario, found: Mapping[str, AuditResult]) -> None:
    """Report the first fault that broke each promise."""
    cases: dict[Promise, list[str]] = {}
    for name, one in found.items():
        for finding in one.findings:
            message = f"After {name}: {finding.violation.message}"
            cases.setdefault(finding.violation.promise, []).append(message)
    for broken, messages in cases.items():
        scenario.breaks(broken, messages[0], len(messages) - 1)
