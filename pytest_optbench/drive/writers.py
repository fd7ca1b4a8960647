"""Concurrent writers of one store: processes or threads that each run a part of a sweep, and all start together.

This module does not import the metalab under test, so that writers can be the first to use it.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

from pytest_optbench.stress.process.child import Child, ChildOptions, ChildResult, ResourceLimits, start_child
from pytest_optbench.stress.witness.witness import witnessing

from .child_sweep import operation_modules, run_task, task_of
from .planned_sweep import PlannedSweep
from .sweep_context import SweepContext

NAP = 0.002
PATIENCE = 120.0  # seconds for writers to get ready
Task = Mapping[str, Any]
NO_PROCESS = "this system lets this user start no more processes"
NO_THREAD = "this system lets this user start no more threads"


def deal(planned_sweep: PlannedSweep, parts: int) -> list[PlannedSweep]:
    """Deal the cases of a sweep to that many writers, one by one."""
    return [replace(planned_sweep, params=planned_sweep.cases[part::parts]) for part in range(parts)]


@contextmanager
def start_writers(
    parts: Sequence[PlannedSweep],
    ctx: SweepContext,
    gate: Path,
    bounds: ResourceLimits | None = None,
    *,
    all_fresh: bool = False,
) -> Iterator[list[Child]]:
    """Start a process for each part; the block begins when all have imported the metalab and start to write.

    `gate` is a folder for these writers alone. With `all_fresh` each is a new interpreter, else only one is: processes
    forked from one server have the same string hashes and addresses, and perhaps an id that was made at import.
    """
    gate.mkdir(parents=True)
    with ExitStack() as crowd:
        tasks = [task_of(part, ctx) for part in parts]
        limits, needs = bounds or ResourceLimits(), operation_modules(tasks)
        writers = []
        for number, task in enumerate(tasks):
            options = ChildOptions(bounds=limits, needs=needs, fresh=all_fresh or number == 0)
            writers.append(crowd.enter_context(start_child(write_task, task, str(gate), number, **options)))
        deadline = time.monotonic() + PATIENCE
        while len(list(gate.iterdir())) < len(writers) and time.monotonic() < deadline:
            if not all(writer.alive for writer in writers):
                break  # `wait` returns how it ended
            time.sleep(NAP)
        (gate / "open").touch()
        yield writers


def write_task(task: Task, gate: str, number: int) -> dict[str, Any]:
    """Get ready, wait for the other writers, run a part, in a writer process; return the result of `run_task`."""
    _import_for([task])
    (Path(gate) / str(number)).touch()
    while not (Path(gate) / "open").exists():
        time.sleep(NAP)
    return run_task(task)


def fork_writers(tasks: Sequence[Task]) -> dict[str, Any]:
    """Import the metalab once, fork a process for each task, and wait for them.

    Returns their exit `codes`, the `seconds` from the first fork to the last end, and the `summaries` that `run_task`
    returned in each, None for a process that died.
    """
    _import_for(tasks)
    began = time.perf_counter()
    waiting, gate = os.pipe()
    try:
        crowd = [_fork_writer(task, waiting, gate) for task in tasks]
    except BlockingIOError as refusal:  # writers that were started end with this process
        raise OSError(refusal.errno, NO_PROCESS) from refusal
    os.close(gate)  # the last open end: all writers start
    os.close(waiting)
    summaries = [_read_summary(pipe) for _, pipe in crowd]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid, _ in crowd]
    return {"codes": codes, "seconds": time.perf_counter() - began, "summaries": summaries}


def _import_for(tasks: Sequence[Task]) -> None:
    for module in operation_modules(tasks):
        importlib.import_module(module)


def _fork_writer(task: Task, waiting: int, gate: int) -> tuple[int, int]:
    """Fork a process that runs a task once all ends of the gate are closed; return it and the pipe of its summary."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(gate)
            os.read(waiting, 1)
            summary = run_task(task)
            with os.fdopen(write_end, "w", encoding="utf-8") as pipe:
                json.dump(summary, pipe)
            code = int(summary["error"] is not None)
        finally:
            os._exit(code)
    os.close(write_end)  # before the next fork, which would keep it open
    return pid, read_end


def _read_summary(pipe: int) -> dict[str, Any] | None:
    with os.fdopen(pipe, encoding="utf-8") as stream:
        text = stream.read()
    try:
        summary: dict[str, Any] = json.loads(text)
    except ValueError:
        return None
    return summary


def run_in_threads(tasks: Sequence[Task]) -> list[str]:
    """Run every task in a thread of its own, all starting with the import; return the errors.

    All tasks have one witness and one session.
    """
    start = Barrier(len(tasks))
    errors: list[str] = []

    def run(task: Task) -> None:
        start.wait()
        try:
            error = run_task(task)["error"]
        except BaseException as raised:  # noqa: BLE001 - it is the answer
            error = f"{type(raised).__name__}: {raised}"
        if error is not None:
            errors.append(error)

    with witnessing(tasks[0]["witness"], tasks[0]["session"]):
        threads = [Thread(target=run, args=(task,), daemon=True) for task in tasks]
        for thread in threads:
            _start(thread)
        for thread in threads:
            thread.join()
    return errors


def _start(thread: Thread) -> None:
    try:
        thread.start()
    except RuntimeError as refusal:
        raise OSError(errno.EAGAIN, NO_THREAD) from refusal


def wait_for_all(writers: Sequence[Child]) -> list[ChildResult]:
    """Wait for all writers and return their results."""
    return [writer.wait() for writer in writers]
