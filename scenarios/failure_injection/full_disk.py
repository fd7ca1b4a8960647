"""Run a sweep on a disk that becomes full, and once more when there is room again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pytest_optbench.drive.child_sweep import in_new_session, operation_modules, run_task, task_of
from pytest_optbench.drive.fault_sweeps import (
    ENDS,
    ChildSweepResult,
    FaultSweep,
    audit_either_way,
    describe_end,
    false_successes,
)
from pytest_optbench.drive.run_and_audit import SWEEP_ENDS, AuditResult
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.audit import promises
from pytest_optbench.stress.audit.audit import audit, stored_successes
from pytest_optbench.stress.audit.promises import Violation
from pytest_optbench.stress.faults.small_disk import NO_MOUNT, small_disk
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.target import StoreSnapshot, Summary

PAGE_SIZE = 4096
SMALLEST = 16  # pages; fewer cannot hold the folders of a store
ROOM = 1 << 26
DISK = "disk"


@dataclass(frozen=True)
class Filled:
    """The result of one disk: the folder with its copies, and the summaries of both sweeps."""

    folder: Path
    sessions: tuple[str, str]
    summaries: tuple[Summary, Summary] | None
    end: str = ""


def run_on_full_disks(sweep: FaultSweep, disks: Sequence[int], seconds: float) -> Iterator[Filled]:
    """Run a sweep on a disk of each number of pages until it is full, then make room and run it again.

    Raises:
        OSError: no disk can be mounted on this machine.
    """
    for pages in disks:
        folder = sweep.ctx.witness.with_name(f"disk-{pages}")
        first = _on_disk(sweep.ctx, folder)
        second = in_new_session(first)
        tasks = [task_of(sweep.planned_sweep, ctx) for ctx in (first, second)]
        arguments = (tasks, str(folder), pages * PAGE_SIZE)
        ended = run_child(run_on_disk, *arguments, bounds=ResourceLimits(seconds), needs=operation_modules(tasks))
        if ended.error is not None and NO_MOUNT in ended.error:
            raise OSError(ended.error)
        summaries = tuple(Summary(**fields) for fields in ended.value or ())
        both = (summaries[0], summaries[1]) if len(summaries) == 2 else None
        yield Filled(folder, (first.session, second.session), both, describe_end(ended))


def run_on_disk(tasks: Sequence[Mapping[str, Any]], folder: str, size: int) -> list[dict[str, Any]]:
    """Run both sweeps, in the child, and copy the store after each, because no other process sees the disk."""
    place = Path(folder)
    summaries = []
    with small_disk(place / DISK, size) as resize:
        for task, copy in zip(tasks, ("full", "resumed"), strict=True):
            summaries.append(run_task(task))
            shutil.copytree(place / DISK, place / copy)
            resize(ROOM)
    return summaries


def audit_disk(sweep: FaultSweep, filled: Filled) -> AuditResult:
    """Audit the two sweeps on one disk."""
    executions = [replace(execution, series=None) for execution in read(filled.folder / "witness.jsonl")]
    if filled.summaries is None:
        return AuditResult(len(executions), 0, 0.0, (Violation(ENDS, f"On a full disk: {filled.end}."),))
    full, resumed = (_read(sweep, filled.folder / copy) for copy in ("full", "resumed"))
    # On a full disk a failed run may keep only its error.
    first = [execution for execution in executions if execution.session == filled.sessions[0]]
    audited = audit_either_way(sweep, first, full, complete=False)
    found = [violation for violation in audited if violation.promise != promises.PARTIAL]
    found += false_successes(ChildSweepResult(filled.summaries[0]), full)
    if filled.summaries[1].error is not None:
        found.append(Violation(SWEEP_ENDS, f"With room on the disk again, it raised {filled.summaries[1].error}."))
    before = stored_successes(full)
    found += audit(sweep.planned_sweep.plan(), executions, resumed, before=before, session=filled.sessions[1])
    seconds = sum(summary.seconds for summary in filled.summaries)
    return AuditResult(len(executions), len(full.runs) + len(resumed.runs), seconds, tuple(found))


def was_full(filled: Filled) -> bool:
    """Return whether the disk became full during the first sweep."""
    return filled.summaries is None or filled.summaries[0].error is not None or filled.summaries[0].failed > 0


def _on_disk(ctx: SweepContext, folder: Path) -> SweepContext:
    options = replace(ctx.options, store=str(folder / DISK / "store"))
    return in_new_session(replace(ctx, options=options, witness=folder / "witness.jsonl"))


def _read(sweep: FaultSweep, folder: Path) -> StoreSnapshot:
    experiment = sweep.planned_sweep.experiment(sweep.ctx.target)
    disk = folder.with_name(DISK)
    shutil.rmtree(disk, ignore_errors=True)
    shutil.copytree(folder, disk)  # in the same place: some stores contain absolute paths
    return sweep.ctx.target.read(str(disk / "store"), experiment)
