"""A sweep on a disk that runs full, and once more when there is room again."""

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
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.target import StoreSnapshot, Summary

from .small_disk import NO_MOUNT, small_disk

PAGE_SIZE = 4096
SMALLEST = 16  # pages; less than that does not hold the folders of a store
ROOM = 1 << 26
DISK = "disk"


@dataclass(frozen=True)
class Filled:
    """What is left of one disk: the folder with its copies, and how both sweeps went."""

    folder: Path
    sessions: tuple[str, str]
    summaries: tuple[Summary, Summary] | None
    end: str = ""


def fill(stage: FaultSweep, disks: Sequence[int], seconds: float) -> Iterator[Filled]:
    """Drive a staged sweep on a disk of each number of pages until it is full, then make room and drive it again.

    Raises:
        OSError: no disk can be mounted on this machine.
    """
    for pages in disks:
        folder = stage.ctx.witness.with_name(f"disk-{pages}")
        first = _on_disk(stage.ctx, folder)
        second = in_new_session(first)
        tasks = [task_of(stage.planned_sweep, ctx) for ctx in (first, second)]
        arguments = (tasks, str(folder), pages * PAGE_SIZE)
        ended = run_child(fill_here, *arguments, bounds=ResourceLimits(seconds), needs=operation_modules(tasks))
        if ended.error is not None and NO_MOUNT in ended.error:
            raise OSError(ended.error)
        summaries = tuple(Summary(**told) for told in ended.value or ())
        both = (summaries[0], summaries[1]) if len(summaries) == 2 else None
        yield Filled(folder, (first.session, second.session), both, describe_end(ended))


def fill_here(tasks: Sequence[Mapping[str, Any]], folder: str, size: int) -> list[dict[str, Any]]:
    """What the child does: both sweeps, and a copy of the store after each, for nobody else sees the disk."""
    ctx = Path(folder)
    told = []
    with small_disk(ctx / DISK, size) as resize:
        for task, copy in zip(tasks, ("full", "resumed"), strict=True):
            told.append(run_task(task))
            shutil.copytree(ctx / DISK, ctx / copy)
            resize(ROOM)
    return told


def judged_disk(stage: FaultSweep, filled: Filled) -> AuditResult:
    """What the two sweeps on one disk showed."""
    executions = [replace(one, series=None) for one in read(filled.folder / "witness.jsonl")]
    if filled.summaries is None:
        return AuditResult(len(executions), 0, 0.0, (Violation(ENDS, f"On a full disk: {filled.end}."),))
    full, resumed = (_read(stage, filled.folder / copy) for copy in ("full", "resumed"))
    # Of a failed run a full disk may keep its error alone.
    then = [one for one in executions if one.session == filled.sessions[0]]
    found = [one for one in audit_either_way(stage, then, full, complete=False) if one.promise != promises.PARTIAL]
    found += false_successes(ChildSweepResult(filled.summaries[0]), full)
    if filled.summaries[1].error is not None:
        found.append(Violation(SWEEP_ENDS, f"With room on the disk again, it raised {filled.summaries[1].error}."))
    before = stored_successes(full)
    found += audit(stage.planned_sweep.plan(), executions, resumed, before=before, session=filled.sessions[1])
    seconds = sum(summary.seconds for summary in filled.summaries)
    return AuditResult(len(executions), len(full.runs) + len(resumed.runs), seconds, tuple(found))


def ran_full(filled: Filled) -> bool:
    """Whether the first sweep on this disk felt that it was full."""
    return filled.summaries is None or filled.summaries[0].error is not None or filled.summaries[0].failed > 0


def _on_disk(ctx: SweepContext, folder: Path) -> SweepContext:
    options = replace(ctx.options, store=str(folder / DISK / "store"))
    return in_new_session(replace(ctx, options=options, witness=folder / "witness.jsonl"))


def _read(stage: FaultSweep, folder: Path) -> StoreSnapshot:
    experiment = stage.planned_sweep.experiment(stage.ctx.target)
    disk = folder.with_name(DISK)
    shutil.rmtree(disk, ignore_errors=True)
    shutil.copytree(folder, disk)  # where it was: some stores note whole paths
    return stage.ctx.target.read(str(disk / "store"), experiment)
