"""Walk through the file-system events of a sweep: a fault at one event, then the sweep again, for one after the other.

A child resumes the sweep of the point before, by one thread, and then meets the next fault, of which it may die. So
each point costs the fork of one process, and each resume happens in another process than the fault.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pytest_optbench.stress.faults.events import Event
from pytest_optbench.stress.faults.fault import Fault
from pytest_optbench.stress.faults.injection import Hit, hit_of, injected, traces_of
from pytest_optbench.stress.process.child import ChildOptions, ChildResult, ResourceLimits, run_child
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target import Summary
from pytest_optbench.target.snapshot import RECORDS_ONLY

from .child_sweep import in_new_session, operation_modules, run_task, task_of, unpack_task
from .planned_sweep import PlannedSweep
from .sweep_context import SweepContext

CONTROL, REPORTED = "control", "reported"
FIRST, FOUND, RESUMED = "first.json", "found.json", "resumed.json"


@dataclass(frozen=True)
class Walked:
    """What happened at one point: a fault in a sweep of the store of `ctx`, and the sweep again.

    `hit` is the event of the fault, None if the sweep had no such event. `first` is the summary of the sweep with the
    fault, None if its process died; `end` says how it ended. `found` maps run ids to the status with which they were
    stored after it, `reported` are the ids of runs that it had reported as finished. `resumed` is the summary of the
    sweep that was started again, None if that did not end: `resume_end` says why. `hung` text is set if one of the two
    took too long.
    """

    fault: Fault
    ctx: SweepContext
    hit: Hit | None
    first: Summary | None
    end: str
    found: Mapping[str, str]
    reported: frozenset[str]
    resumed: Summary | None
    resume_end: str
    hung: str = ""


def meet(
    sweep: PlannedSweep,
    fault: Fault,
    ctx: SweepContext,
    beginning: Path | None,
    seconds: float,
    environment: Mapping[str, str] | None = None,
) -> ChildResult:
    """Run a sweep in a child in which a fault happens; arguments as those of `walk`."""
    task = _task(sweep, fault, ctx, beginning)
    return run_child(resume_and_meet, None, task, **_options([task], seconds, environment))


def trace_of(ctx: SweepContext) -> list[list[Event]]:
    """Return the events of the last sweep of this context, by process."""
    return traces_of(_folder(ctx) / CONTROL)


def walk(
    sweep: PlannedSweep,
    points: Sequence[tuple[Fault, SweepContext]],
    beginning: Path | None,
    seconds: float,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Walked]:
    """Meet each fault in a sweep of its own context, whose store is a copy of `beginning`, and resume that.

    `seconds` is the time limit of a child. With an `environment`, such as `preloaded()`, each child is a new
    interpreter.
    """
    tasks = [_task(sweep, fault, ctx, beginning) for fault, ctx in points]
    options = _options(tasks, seconds, environment)
    met: ChildResult | None = None  # the child in which the fault of the point before happened
    for number in range(len(tasks) + 1):
        before, now = (tasks[place] if 0 <= place < len(tasks) else None for place in (number - 1, number))
        ended = run_child(resume_and_meet, before, now, **options)
        if met is not None:
            yield _walked(*points[number - 1], met, ended)
        met = ended


def _options(tasks: Sequence[Mapping[str, Any]], seconds: float, environment: Mapping[str, str] | None) -> ChildOptions:
    needs = operation_modules(task["sweep"] for task in tasks)
    return ChildOptions(bounds=ResourceLimits(seconds), needs=needs, environment=environment or {})


def resume_and_meet(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> None:
    """Resume the sweep of the point before, and start that of this point, in the child."""
    if before is not None:
        _resume(before)
    if now is not None:
        _meet(now)


def _task(sweep: PlannedSweep, fault: Fault, ctx: SweepContext, beginning: Path | None) -> dict[str, Any]:
    again = in_new_session(ctx, resume=True, executor="thread", workers=1)
    return {
        "folder": str(_folder(ctx)),
        "fault": fault.data(),
        "beginning": None if beginning is None else str(beginning),
        "sweep": task_of(sweep, ctx),
        "again": task_of(sweep, again),
    }


def _folder(ctx: SweepContext) -> Path:
    return ctx.witness.parent


def _meet(task: Mapping[str, Any]) -> None:
    """Run the sweep in which the fault happens."""
    sweep, target, options = unpack_task(task["sweep"])
    folder, store = Path(task["folder"]), Path(options.store)
    if task["beginning"] is not None:
        shutil.copytree(task["beginning"], store, symlinks=True)
    store.parent.mkdir(parents=True, exist_ok=True)
    reports = _Reports(folder / REPORTED)
    experiment = sweep.experiment(target)
    with (
        witnessing(task["sweep"]["witness"], task["sweep"]["session"]),
        injected(Fault.of(task["fault"]), store, folder / CONTROL),
    ):
        summary = target.attempt(experiment, replace(options, on_event=reports))
    _write(folder / FIRST, asdict(summary))


def _resume(task: Mapping[str, Any]) -> None:
    """Note what the store has, and run the sweep again without a fault."""
    sweep, target, options = unpack_task(task["again"])
    folder = Path(task["folder"])
    found = {}
    try:
        for run in target.iter_runs(options.store, sweep.experiment(target), wanted=RECORDS_ONLY):
            found[run.run_id] = run.status
    finally:
        _write(folder / FOUND, found)
    _write(folder / RESUMED, run_task(task["again"]))


class _Reports:
    """Writes the id of each run that the target reports as finished, at once: the next call may be the last."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def __call__(self, event: Any) -> None:
        if str(getattr(event.kind, "value", event.kind)) == "run_finished":
            os.write(self._file, f"{event.run_id}\n".encode())


def _write(path: Path, value: Any) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(value), encoding="utf-8")
    partial.replace(path)


def _read(path: Path) -> Any:
    return json.loads(path.read_bytes()) if path.exists() else None


def _walked(fault: Fault, ctx: SweepContext, ended: ChildResult, resumed: ChildResult) -> Walked:
    folder = _folder(ctx)
    first, again = _read(folder / FIRST), _read(folder / RESUMED)
    reported = folder / REPORTED
    hung = "the sweep with the fault" if ended.timed_out and first is None else ""
    if not hung and resumed.timed_out and again is None:
        hung = "the sweep that was started again"
    return Walked(
        fault,
        ctx,
        hit_of(folder / CONTROL),
        None if first is None else Summary(**first),
        ended.describe(),
        _read(folder / FOUND) or {},
        frozenset(reported.read_text(encoding="utf-8").split()) if reported.exists() else frozenset(),
        None if again is None else Summary(**again),
        resumed.describe(),
        hung,
    )
