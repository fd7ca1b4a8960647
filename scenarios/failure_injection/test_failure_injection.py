"""Failure injection: a fault of an operation, a worker or the disk costs only the run in which it happens.

Promise: the failure is recorded with its error on the right run; the others finish; every reported success is stored;
the sweep ends. All faults come from outside of the runner: from its operations, workers and disk.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Mapping

import pytest

from pytest_optbench.drive.child_sweep import raise_target_error, signal_after, start_in_child
from pytest_optbench.drive.explained import explained
from pytest_optbench.drive.fault_kinds import Fault
from pytest_optbench.drive.fault_sweeps import (
    ChildSweepResult,
    FaultSweep,
    audit_fault_sweep,
    describe_end,
    drive_until,
    fault_sweep,
    unstored,
)
from pytest_optbench.drive.faults import BULKY, DEATHS, JUNK, PAGE, RAISED
from pytest_optbench.drive.misbehaviours import ANYWHERE, OF_ITS_PROCESS
from pytest_optbench.drive.run_and_audit import AuditResult
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.executors import in_processes
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import STORED
from pytest_optbench.stress.process.child import ResourceLimits
from pytest_optbench.stress.witness.log import read
from pytest_optbench.target import Summary

from .driving import PATIENCE, drive_catalogue, drive_random, ran, report
from .full_disk import SMALLEST, audit_disk, run_on_full_disks, was_full

RUNS_ON_DISK = 40
PAGES_A_RUN = 4  # at least
ASKS = promise("failure-injection.cancel-is-seen")


def pages_of(disk: int) -> int:
    """Return the pages of a disk: each size comes up, so that any write of a run may be the one that fails."""
    return SMALLEST + disk


def runs_on(disks: int) -> int:
    """Return a number of runs that does not fit on the largest of that many disks."""
    return max(RUNS_ON_DISK, pages_of(disks - 1) // PAGES_A_RUN)


HEALTHY = {"light": 1, "medium": 20, "heavy": 500, "extreme": 100_000}
# Of more runs the witness file would exceed the limit, too.
WITNESSED = {"light": 1, "medium": 8, "heavy": 16, "extreme": 24}


def load_among(runs: Callable[[int], int], more: int = 0, healthy: Mapping[str, int] = HEALTHY) -> pytest.MarkDecorator:
    """Return the load of a part: healthy runs before, between and after those with a fault."""
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
    """Any exception of an operation fails its own run, and is recorded with it."""
    drive_catalogue(scenario, RAISED, "exceptions survived")


@load_of(RAISED, more=35_000)
def test_exceptions_in_processes(load: Load, scenario: Scenario) -> None:
    """Any exception of an operation in a worker process fails its own run, and is recorded with it."""
    kind = in_processes(scenario)
    drive_catalogue(scenario, RAISED, "exceptions survived in processes", executor=kind, workers=2)


@load_of(DEATHS)
def test_dead_workers(load: Load, scenario: Scenario) -> None:
    """A worker process that dies fails the run that it was executing; another one continues."""
    drive_catalogue(scenario, DEATHS, "dead workers survived", executor=in_processes(scenario), workers=2)


@load_of(JUNK)
def test_junk(load: Load, scenario: Scenario) -> None:
    """A run with any returned or captured value is stored, as a complete success or as failed."""
    drive_catalogue(scenario, JUNK, "odd results survived")


@load_of(ANYWHERE)
def test_misbehaviour(load: Load, scenario: Scenario) -> None:
    """An operation that changes the process that it runs in costs at most its own run."""
    drive_catalogue(scenario, ANYWHERE, "misbehaviours survived")


@load_of(OF_ITS_PROCESS)
def test_misbehaviour_in_processes(load: Load, scenario: Scenario) -> None:
    """An operation that changes or ruins its worker process costs at most its own run."""
    drive_catalogue(
        scenario, OF_ITS_PROCESS, "misbehaviours survived in processes", executor=in_processes(scenario), workers=2
    )


@load_of(BULKY, more=160_000, healthy=WITNESSED)
def test_file_size_limit(load: Load, scenario: Scenario) -> None:
    """A file that cannot be written (RLIMIT_FSIZE) costs only the run that wrote it."""
    scenario.target.require_files("a limit on the size of a file is one for all of its runs")
    drive_catalogue(scenario, BULKY, "oversized files survived", file_size=150_000)


@random_load
def test_random_faults(load: Load, scenario: Scenario) -> None:
    """Randomly drawn faults cost only the runs in which they happen; a seed repeats them."""
    drive_random(scenario)


@random_load
def test_random_faults_in_processes(load: Load, scenario: Scenario) -> None:
    """Randomly drawn faults in worker processes, including deaths, cost only the runs in which they happen."""
    drive_random(scenario, deadly=True, executor=in_processes(scenario), workers=2)


@pytest.mark.breaking_point(
    "failure-injection",
    light=5,
    medium=16,
    heavy=200,
    extreme=10_000,
    explain=explained("page", runs_on, what="{size} small disks in turn, each three times for a while"),
)
def test_full_disk(load: Load, scenario: Scenario) -> None:
    """A full disk costs only the runs that do not fit on it; with room again, they are executed."""
    scenario.target.require_files("a disk of so few pages has no room for tables")
    found: dict[str, AuditResult] = {}
    for disks in scenario.sizes("disks"):
        pages = [pages_of(disk) for disk in range(len(found), disks)]
        runs = runs_on(disks)
        sweep = fault_sweep(scenario.at(f"disks-{disks}"), [PAGE] * runs, healthy=0)
        try:
            for number, filled in zip(pages, run_on_full_disks(sweep, pages, PATIENCE + runs), strict=True):
                if not was_full(filled):
                    scenario.inconclusive(f"{runs} runs fit on a disk of {number} pages: more runs would do")
                found[f"a disk of {number} pages"] = audit_disk(sweep, filled)
                shutil.rmtree(filled.folder)
        except OSError as refusal:
            scenario.inconclusive(
                f"{refusal}; run it as root, or as a user who may make a user namespace and mount in it"
            )
        report(scenario, found, "full disks survived")
    ran(scenario, found.values())


@load_among(lambda healthy: healthy + 1)
def test_cancelled(load: Load, scenario: Scenario) -> None:
    """A cancelled sweep ends when the active run checks for it, and keeps the finished runs."""
    scenario.target.require("cancel")
    name = "a long run that asks"
    for healthy in scenario.sizes("healthy runs"):
        sweep = fault_sweep(scenario.at(f"stopped-{healthy}"), [name], healthy)
        how = drive_until(sweep, name, PATIENCE + sweep.planned_sweep.runs)
        report_stopped(scenario, sweep, audit_fault_sweep(sweep, how, complete=False))
        unaware = [execution for execution in read(sweep.ctx.witness) if execution.outcome == "interrupted"]
        if unaware:
            scenario.breaks(
                ASKS, f"The run with key {unaware[0].key} was active, checked repeatedly, and did not see the cancel."
            )


@load_among(lambda healthy: 2 * healthy + 1)
def test_hanging(load: Load, scenario: Scenario) -> None:
    """A run that hangs in a worker process does not prevent the end of a sweep at Ctrl-C."""
    kind = in_processes(scenario)
    for healthy in scenario.sizes("healthy runs"):
        ctx = scenario.at(f"hanging-{healthy}", executor=kind, workers=2)
        sweep = fault_sweep(ctx, ["a run that hangs"], healthy)
        with start_in_child(
            sweep.planned_sweep, ctx, bounds=ResourceLimits(PATIENCE + sweep.planned_sweep.runs)
        ) as child:
            signal_after(child, ctx, signal.SIGINT, after=2 * healthy)
            ended = child.wait()
        raise_target_error(ended)
        if not any(execution.outcome == "interrupted" for execution in read(ctx.witness)):
            scenario.inconclusive("no run was hanging when the sweep got SIGINT: use a less loaded machine")
        how = (
            ChildSweepResult(None, describe_end(ended))
            if ended.timed_out
            else ChildSweepResult(Summary(timed_out=True))
        )
        report_stopped(scenario, sweep, audit_fault_sweep(sweep, how, complete=False))


def report_stopped(scenario: Scenario, sweep: FaultSweep, found: AuditResult) -> None:
    """Report a sweep that was stopped: its finished runs must be stored."""
    ran(scenario, [found])
    for finding in found.findings:
        scenario.breaks(finding.violation.promise, finding.violation.message, finding.others)
    runs = scenario.target.read(sweep.ctx.options.store, sweep.planned_sweep.experiment(scenario.target)).runs
    lost = unstored(read(sweep.ctx.witness), runs)
    if lost:
        scenario.breaks(STORED, f"The run with key {lost[0]} finished before the sweep was stopped, and is not stored.")
