"""Run a planned sweep in a child process, where a signal may stop it, and where it may end its process or hang."""

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
    """Start a sweep in a child process; its params are JSON data, its operation is at module level.

    A `fresh` child shares nothing with other children (see `start_child`). It returns the result of `run_task`.
    """
    task = task_of(planned_sweep, ctx, repeats=repeats)
    return start_child(run_task, task, bounds=bounds or ResourceLimits(), needs=operation_modules([task]), fresh=fresh)


def task_of(planned_sweep: PlannedSweep, ctx: SweepContext, *, repeats: int = 1) -> dict[str, Any]:
    """Return a planned sweep and its context as JSON data, for `run_task` in another process."""
    options = ctx.options
    return {
        "sweep": {
            "name": planned_sweep.name,
            "version": planned_sweep.version,
            "params": planned_sweep.cases,
            "seeds": list(planned_sweep.seeds),
        },
        "operation": str(planned_sweep.operation.ref),
        "options": {
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


def raise_target_error(ended: ChildResult) -> None:
    """Raise the error that the sweep of a child raised, if the child could report it.

    Raises:
        TargetFailedError: the target raised or hung.
    """
    if ended.failed:
        ended.value_or_raise()
    if ended.value is not None and ended.value["error"] is not None and not ended.value["timed_out"]:
        raise TargetRaisedError(f"it raised {ended.value['error']}")


def operation_modules(tasks: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the modules of the operations of tasks, which `run_task` imports."""
    return {task["operation"].partition(":")[0] for task in tasks}


def run_task(task: Mapping[str, Any]) -> dict[str, Any]:
    """Run the sweep of a task, in a child, and return the last summary as JSON data."""
    planned_sweep, target, options = unpack_task(task)
    with witnessing(task["witness"], task["session"]):
        for _ in range(task["repeats"]):
            summary = target.attempt(planned_sweep.experiment(target), options)
    return asdict(summary)


def unpack_task(task: Mapping[str, Any]) -> tuple[PlannedSweep, Target, RunOptions]:
    """Return the sweep, the target and the options of a task from `task_of`."""
    module, _, name = task["operation"].partition(":")
    operation = operator.attrgetter(name)(importlib.import_module(module))
    fields = task["sweep"]
    planned_sweep = PlannedSweep(operation=operation, **{**fields, "seeds": tuple(fields["seeds"])})
    return planned_sweep, load_target(), RunOptions(**task["options"])


def signal_after(child: Child, ctx: SweepContext, number: int, *, after: int, within: float = 30.0) -> int:
    """Send a signal once `after` executions have finished; return their number, fewer if the child ended first."""
    deadline = time.monotonic() + within
    while (ended := count_finished(ctx.witness)) < after and child.alive and time.monotonic() < deadline:
        time.sleep(NAP)
    child.kill(number)
    return ended


def count_finished(witness: Path) -> int:
    """Return how many executions have finished so far."""
    return sum(1 for run in read(witness) if run.outcome != "interrupted") if witness.exists() else 0


def in_new_session(ctx: SweepContext, **changed: Any) -> SweepContext:
    """Return the context of a new session on the same store, which may contain runs of earlier sessions."""
    return replace(ctx, session=uuid.uuid4().hex, resumable=True, options=replace(ctx.options, **changed))
