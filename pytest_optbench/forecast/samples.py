"""Take one sample in a child process: run, resume or read back a sweep, and report seconds, bytes or memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from pytest_optbench.errors import TargetFailedError
from pytest_optbench.stress.measure.measure import peak_bytes
from pytest_optbench.target import RunOptions, Target, load_target
from pytest_optbench.target.dialect import ExecutorKind
from pytest_optbench.target.snapshot import RECORDS_ONLY

from .payloads import Payload


@dataclass(frozen=True)
class Task:
    """Which runs of which payload, how many workers execute them, and in which store."""

    payload: Payload
    start: int
    runs: int
    store: str
    executor: ExecutorKind = "thread"
    workers: int = 1

    def fields(self) -> dict[str, Any]:
        """Return the task as JSON data."""
        return asdict(self)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Task:
        """Build a task from JSON data."""
        return cls(**{**fields, "payload": Payload(**fields["payload"])})

    @property
    def modules(self) -> list[str]:
        """The modules that a child needs for it."""
        reading = ["pandas"] if has_pandas() else []
        return [*filter(None, [self.payload.operation.partition(":")[0]]), *reading]


@dataclass(frozen=True)
class Sample:
    """What one sample took: seconds, the peak of resident bytes, and of traced ones where they were asked for."""

    seconds: float
    resident: int
    traced: int = 0


def has_pandas() -> bool:
    """Return whether the target could make a pandas frame."""
    return find_spec("pandas") is not None


def run_sample(fields: Mapping[str, Any], traced: bool = False) -> dict[str, Any]:
    """Run the sweep of a task in a store that has none of its runs.

    Raises:
        TargetFailedError: a run failed, or did not execute.
    """
    task, target = Task.of(fields), load_target()
    _warm_up(task, target)
    return _sampled(lambda: _run(task, target, executed=task.runs), traced=traced)


def resume_sample(fields: Mapping[str, Any], traced: bool = False) -> dict[str, Any]:
    """Run the sweep of a task again, all of whose runs are stored.

    Raises:
        TargetFailedError: a run executed.
    """
    task, target = Task.of(fields), load_target()
    _warm_up(task, target)
    return _sampled(lambda: _run(task, target, executed=0), traced=traced)


def read_sample(fields: Mapping[str, Any], traced: bool = False) -> dict[str, Any]:
    """Read the runs of a task back, into a pandas frame where pandas is installed.

    Raises:
        TargetFailedError: another number of runs was read.
    """
    task, target = Task.of(fields), load_target()
    return _sampled(lambda: _read(task, target), traced=traced)


def _warm_up(task: Task, target: Target) -> None:
    """Run one more case elsewhere, so that imports on first use are not measured."""
    sweep = task.payload.sweep(task.start + task.runs, task.start + task.runs + 1)
    target.run(sweep.experiment(target), RunOptions(f"{task.store}.warm"))


def _sampled(work: Callable[[], float], *, traced: bool) -> dict[str, Any]:
    if traced:
        tracemalloc.start()
    seconds = work()
    peak = tracemalloc.get_traced_memory()[1] if traced else 0
    return asdict(Sample(seconds, peak_bytes(), peak))


def _run(task: Task, target: Target, executed: int) -> float:
    experiment = task.payload.sweep(task.start, task.start + task.runs).experiment(target)
    summary = target.run(experiment, RunOptions(task.store, executor=task.executor, workers=task.workers))
    if summary.failed:
        raise TargetFailedError(f"{summary.failed} of {task.runs} runs failed{_first_error(task, target, experiment)}")
    if summary.completed != executed:
        raise TargetFailedError(f"{summary.completed} runs of a sweep executed, of which {executed} were missing")
    return summary.seconds


def _first_error(task: Task, target: Target, experiment: Any) -> str:
    failed = (run.error for run in target.iter_runs(task.store, experiment, wanted=RECORDS_ONLY) if run.error)
    error = next(failed, None)
    return f", the first with {error.get('type')}: {error.get('message')}" if error else ""


def _read(task: Task, target: Target) -> float:
    experiment = task.payload.sweep(task.start, task.start + task.runs).experiment(target)
    began = time.perf_counter()
    if has_pandas():
        rows = len(target.dataframe(task.store, experiment))
    else:
        rows = sum(1 for _ in target.iter_runs(task.store, experiment, wanted=RECORDS_ONLY))
    seconds = time.perf_counter() - began
    if rows != task.runs:
        raise TargetFailedError(f"of {task.runs} stored runs {rows} were read back")
    return seconds
