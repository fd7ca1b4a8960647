"""Drive sweeps in which faults happen, and report which fault broke what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_optbench.drive.fault_kinds import Fault
from pytest_optbench.drive.fault_sweeps import (
    ChildSweepResult,
    FaultSweep,
    audit_fault_sweep,
    by_fault,
    drive_all,
    fault_sweep,
)
from pytest_optbench.drive.random_faults import random_names
from pytest_optbench.drive.run_and_audit import AuditResult
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import Promise

PATIENCE = 30.0  # seconds, and one more for each healthy run; only a sweep that hangs takes as long
ALONE = 15.0  # for one fault, once something is known to be broken
MOST_ALONE = 50  # faults that are tried one by one


def drive_catalogue(
    scenario: Scenario, catalogue: Mapping[str, Fault], limit: str, file_size: int | None = None, **options: Any
) -> None:
    """Let every fault of a catalogue happen among increasingly many healthy runs."""
    for healthy in scenario.sizes("healthy runs"):
        sweep = fault_sweep(scenario.at(f"among-{healthy}", **options), tuple(catalogue), healthy)
        report(scenario, results_by_fault(scenario, sweep, healthy, file_size), limit)


def drive_random(scenario: Scenario, *, deadly: bool = False, **options: Any) -> None:
    """Draw for each run of a sweep whether a fault happens, and which, again for each size."""
    for number, runs in enumerate(scenario.sizes()):
        names = list(random_names(scenario.seed + number, runs, deadly=deadly))
        found = results_by_fault(scenario, fault_sweep(scenario.at(f"of-{runs}", **options), names, 0), runs)
        scenario.measure("faults", sum(map(bool, names)))
        breaks(scenario, found)


def results_by_fault(
    scenario: Scenario, sweep: FaultSweep, runs: int, file_size: int | None = None
) -> Mapping[str, AuditResult]:
    """Return the audit of each fault, from separate sweeps if one sweep cannot show which fault broke a promise."""
    (together,) = drive_sweeps(scenario, [sweep], PATIENCE + runs, file_size)
    found = by_fault(sweep, together)
    if found is not None:
        return found
    names = [str(case["fault"]) for case in sweep.planned_sweep.cases if case["fault"]]
    ctx = sweep.ctx.options.store
    alone = [
        fault_sweep(scenario.at(f"{Path(ctx).parent.name}-{number}", **executor_options(sweep)), [name], 1)
        for number, name in enumerate(names[:MOST_ALONE])
    ]
    results = drive_sweeps(scenario, alone, ALONE, file_size)
    found = dict(zip(names, results, strict=False))  # there are none after a hang
    if not any(result.violations for result in found.values()):
        return dict.fromkeys(names, together)  # they break only together
    return found


def executor_options(sweep: FaultSweep) -> dict[str, Any]:
    return {"executor": sweep.ctx.options.executor, "workers": sweep.ctx.options.workers}


def drive_sweeps(
    scenario: Scenario, sweeps: Sequence[FaultSweep], seconds: float, file_size: int | None
) -> list[AuditResult]:
    # Each in a child of its own: what an operation does to its process must not reach the sweep after it.
    apart = (how for sweep in sweeps for how in drive_all([sweep], seconds, file_size=file_size))
    driven = until_a_hang(apart)
    results = [audit_fault_sweep(sweep, how) for sweep, how in zip(sweeps, driven, strict=False)]
    ran(scenario, results)
    return results


def until_a_hang(driven: Iterable[ChildSweepResult]) -> Iterator[ChildSweepResult]:
    """Yield results up to the first hang: the next sweeps would hang as long."""
    for how in driven:
        yield how
        if how.hung:
            return


def ran(scenario: Scenario, results: Iterable[AuditResult]) -> None:
    for result in results:
        scenario.ran(executed=result.executed, audited=result.audited, seconds=result.seconds)


def report(scenario: Scenario, found: Mapping[str, AuditResult], limit: str) -> None:
    """Record how many faults were survived, and the first fault that broke each promise."""
    broken = [name for name, result in found.items() if result.violations]
    survived, curve = 0, []
    for tried, name in enumerate(found, start=1):
        survived += name not in broken
        curve.append((tried, survived, name not in broken))
    stopped = "broke" if broken else "ceiling"
    scenario.limit(limit, survived, f"of {len(found)} faults", curve, stopped=stopped, failed=broken)
    breaks(scenario, found)


def breaks(scenario: Scenario, found: Mapping[str, AuditResult]) -> None:
    """Report the first fault that broke each promise."""
    cases: dict[Promise, list[str]] = {}
    for name, result in found.items():
        for finding in result.findings:
            message = f"After {name}: {finding.violation.message}"
            cases.setdefault(finding.violation.promise, []).append(message)
    for broken, messages in cases.items():
        scenario.breaks(broken, messages[0], len(messages) - 1)
