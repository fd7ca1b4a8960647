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
from pytest_optbench.stress.process.child import Bounds, Child, Ended, start_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import witnessing
from pytest_optbench.target import Drive, Target, load_target

from .planned_sweep import Trial
from .sweep_context import Place

NAP = 0.01


def start_remote(
    trial: Trial, place: Place, *, bounds: Bounds | None = None, repeats: int = 1, fresh: bool = False
) -> Child:
    """Start a trial in a child process; its params are JSON data, its operation stands at module level.

    A `fresh` one has nothing in common with others (see `start_child`).

    The child returns what `drive_here` does.
    """
    task = task_of(trial, place, repeats=repeats)
    return start_child(drive_here, task, bounds=bounds or Bounds(), needs=modules_of([task]), fresh=fresh)


def task_of(trial: Trial, place: Place, *, repeats: int = 1) -> dict[str, Any]:
    """A trial and its place as JSON data, for `drive_here` in another process."""
    drive = place.drive
    return {
        "trial": {
            "name": trial.name,
            "version": trial.version,
            "params": trial.cases,
            "seeds": list(trial.seeds),
        },
        "operation": str(trial.operation.ref),
        "drive": {
            "store": drive.store,
            "executor": drive.executor,
            "workers": drive.workers,
            "resume": drive.resume,
            "timeout": drive.timeout,
        },
        "witness": str(place.witness),
        "session": place.session,
        "repeats": repeats,
    }


def check_raised(ended: Ended) -> None:
    """See that the target raised nothing out of the sweep of a child that came to its report.

    Raises:
        TargetFailedError: it did.
    """
    if ended.failed:
        ended.value_or_raise()
    if ended.value is not None and ended.value["error"] is not None and not ended.value["timed_out"]:
        raise TargetRaisedError(f"it raised {ended.value['error']}")


def modules_of(tasks: Iterable[Mapping[str, Any]]) -> set[str]:
    """The modules where the operations of tasks are found: what `drive_here` will import."""
    return {task["operation"].partition(":")[0] for task in tasks}


def drive_here(task: Mapping[str, Any]) -> dict[str, Any]:
    """What the child does: drive the trial, and tell the last summary in JSON data."""
    trial, target, drive = taken_up(task)
    with witnessing(task["witness"], task["session"]):
        for _ in range(task["repeats"]):
            summary = target.attempt(trial.experiment(target), drive)
    return asdict(summary)


def taken_up(task: Mapping[str, Any]) -> tuple[Trial, Target, Drive]:
    """What `task_of` put into a task."""
    module, _, name = task["operation"].partition(":")
    operation = operator.attrgetter(name)(importlib.import_module(module))
    fields = task["trial"]
    trial = Trial(operation=operation, **{**fields, "seeds": tuple(fields["seeds"])})
    return trial, load_target(), Drive(**task["drive"])


def halt(child: Child, place: Place, number: int, *, after: int, within: float = 30.0) -> int:
    """Send a signal once `after` executions have ended; returns how many had, fewer where the child ended first."""
    deadline = time.monotonic() + within
    while (ended := finished(place.witness)) < after and child.alive and time.monotonic() < deadline:
        time.sleep(NAP)
    child.kill(number)
    return ended


def finished(witness: Path) -> int:
    """How many executions have ended so far."""
    return sum(1 for one in read(witness) if one.outcome != "interrupted") if witness.exists() else 0


def renewed(place: Place, **changed: Any) -> Place:
    """The same store, driven once more: a new session that may find runs of earlier ones."""
    return replace(place, session=uuid.uuid4().hex, resumable=True, drive=replace(place.drive, **changed))
