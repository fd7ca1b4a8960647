"""A trial driven in a child process, so that it may be halted by a real signal, end its process, or hang."""

from __future__ import annotations

import importlib
import operator
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pytest_optbench.errors import TargetRaisedError
from pytest_optbench.stress.process.child import Child, ChildResult, ResourceLimits, start_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target import RunOptions, Target, load_target

from .planned_sweep import PlannedSweep
from .sweep_context import SweepContext

NAP = 0.01


def start_in_child(
    planned_sweep: PlannedSweep,
    ctx: SweepContext,
    *,
    bounds: ResourceLimits | None = None,
    repeats: int = 1,
    fresh: bool = False,
) -> Child:
    """Start a trial in a child process; its params are JSON data, its operation stands at module level.

    A `fresh` one has nothing in common with others (see `start_child`).

    The child returns what `run_task` does.
    """
    task = task_of(planned_sweep, ctx, repeats=repeats)
    return start_child(run_task, task, bounds=bounds or ResourceLimits(), needs=modules_of([task]), fresh=fresh)


def task_of(planned_sweep: PlannedSweep, ctx: SweepContext, *, repeats: int = 1) -> dict[str, Any]:
    """A trial and its place as JSON data, for `run_task` in another process."""
    options = ctx.options
    return {
        "trial": {
            "name": planned_sweep.name,
            "version": planned_sweep.version,
            "params": planned_sweep.cases,
            "seeds": list(planned_sweep.seeds),
        },
        "operation": str(planned_sweep.operation.ref),
        "drive": {
            "store": options.store,
            "executor": options.executor,
            "workers": options.workers,
            "resume": options.resume,
            "timeout": options.timeout,
        },
        "witness": str(ctx.witness),
        "session": ctx.session,
        "repeats": repeats,
    }


def check_raised(ended: ChildResult) -> None:
    """See that the target raised nothing out of the sweep of a child that came to its report.

    Raises:
        TargetFailedError: it did.
    """
    if ended.failed:
        ended.value_or_raise()
    if ended.value is not None and ended.value["error"] is not None and not ended.value["timed_out"]:
        raise TargetRaisedError(f"it raised {ended.value['error']}")


def modules_of(tasks: Iterable[Mapping[str, Any]]) -> set[str]:
    """The modules where the operations of tasks are found: what `run_task` will import."""
    return {task["operation"].partition(":")[0] for task in tasks}


def run_task(task: Mapping[str, Any]) -> dict[str, Any]:
    """What the child does: drive the trial, and tell the last summary in JSON data."""
    planned_sweep, target, options = unpack_task(task)
    with witnessing(task["witness"], task["session"]):
        for _ in range(task["repeats"]):
            summary = target.attempt(planned_sweep.experiment(target), options)
    return asdict(summary)


def unpack_task(task: Mapping[str, Any]) -> tuple[PlannedSweep, Target, RunOptions]:
    """What `task_of` put into a task."""
    module, _, name = task["operation"].partition(":")
    operation = operator.attrgetter(name)(importlib.import_module(module))
    fields = task["trial"]
    planned_sweep = PlannedSweep(operation=operation, **{**fields, "seeds": tuple(fields["seeds"])})
    return planned_sweep, load_target(), RunOptions(**task["drive"])


def signal_after(child: Child, ctx: SweepContext, number: int, *, after: int, within: float = 30.0) -> int:
    """Send a signal once `after` executions have ended; returns how many had, fewer where the child ended first."""
    deadline = time.monotonic() + within
    while (ended := finished(ctx.witness)) < after and child.alive and time.monotonic() < deadline:
        time.sleep(NAP)
    child.kill(number)
    return ended


def finished(witness: Path) -> int:
    """How many executions have ended so far."""
    return sum(1 for one in read(witness) if one.outcome != "interrupted") if witness.exists() else 0


def in_new_session(ctx: SweepContext, **changed: Any) -> SweepContext:
    """The same store, driven once more: a new session that may find runs of earlier ones."""
    return replace(ctx, session=uuid.uuid4().hex, resumable=True, options=replace(ctx.options, **changed))
