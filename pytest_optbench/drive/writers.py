"""Several writers at one store: processes or threads that each drive a part of a trial, and all begin at once.

Nothing here imports the metalab under test, so that writers may be the first to use it.
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

from .child_sweep import modules_of, run_task, task_of
from .planned_sweep import PlannedSweep
from .sweep_context import SweepContext

NAP = 0.002
PATIENCE = 120.0  # seconds for writers to get ready
Task = Mapping[str, Any]
NO_PROCESS = "this system lets this user start no more processes"
NO_THREAD = "this system lets this user start no more threads"


def dealt(planned_sweep: PlannedSweep, parts: int) -> list[PlannedSweep]:
    """Deal the cases of a trial to so many writers, one by one."""
    return [replace(planned_sweep, params=planned_sweep.cases[part::parts]) for part in range(parts)]


@contextmanager
def writing(
    parts: Sequence[PlannedSweep],
    ctx: SweepContext,
    gate: Path,
    bounds: ResourceLimits | None = None,
    *,
    all_fresh: bool = False,
) -> Iterator[list[Child]]:
    """Start a process for each part; the block begins when all have imported the metalab and write at once.

    `gate` is a folder of this crowd alone. With `all_fresh` each is an interpreter that imported it by itself, else one
    is: what is forked from one server has the same hashes of strings and addresses, and maybe an id made at import.
    """
    gate.mkdir(parents=True)
    with ExitStack() as crowd:
        tasks = [task_of(part, ctx) for part in parts]
        limits, needs = bounds or ResourceLimits(), modules_of(tasks)
        writers = []
        for number, task in enumerate(tasks):
            own = ChildOptions(bounds=limits, needs=needs, fresh=all_fresh or number == 0)
            writers.append(crowd.enter_context(start_child(write_here, task, str(gate), number, **own)))
        deadline = time.monotonic() + PATIENCE
        while len(list(gate.iterdir())) < len(writers) and time.monotonic() < deadline:
            if not all(writer.alive for writer in writers):
                break  # `wait` tells how it ended
            time.sleep(NAP)
        (gate / "open").touch()
        yield writers


def write_here(task: Task, gate: str, number: int) -> dict[str, Any]:
    """What a writer process does: get ready, wait for the others, drive its part; returns what `run_task` does."""
    _import_for([task])
    (Path(gate) / str(number)).touch()
    while not (Path(gate) / "open").exists():
        time.sleep(NAP)
    return run_task(task)


def crowd_here(tasks: Sequence[Task]) -> dict[str, Any]:
    """Import the metalab once, fork a process for each task, and wait for them.

    Returns their exit `codes`, the `seconds` from the first fork to the last end, and as `told` what `run_task`
    returned in each; a process that died has told None.
    """
    _import_for(tasks)
    began = time.perf_counter()
    waiting, gate = os.pipe()
    try:
        crowd = [_forked(task, waiting, gate) for task in tasks]
    except BlockingIOError as refusal:  # those that were started end with this process
        raise OSError(refusal.errno, NO_PROCESS) from refusal
    os.close(gate)  # nobody else holds it: this lets all of them begin
    os.close(waiting)
    told = [_heard(pipe) for _, pipe in crowd]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid, _ in crowd]
    return {"codes": codes, "seconds": time.perf_counter() - began, "told": told}


def _import_for(tasks: Sequence[Task]) -> None:
    for module in modules_of(tasks):
        importlib.import_module(module)


def _forked(task: Task, waiting: int, gate: int) -> tuple[int, int]:
    """The process that drives a task once the gate is closed everywhere, and the pipe through which it tells."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(gate)
            os.read(waiting, 1)
            summary = run_task(task)
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                json.dump(summary, pipe)
            code = int(summary["error"] is not None)
        finally:
            os._exit(code)
    os.close(writing)  # before the next fork, which would keep it open
    return pid, reading


def _heard(pipe: int) -> dict[str, Any] | None:
    with os.fdopen(pipe, encoding="utf-8") as told:
        text = told.read()
    try:
        summary: dict[str, Any] = json.loads(text)
    except ValueError:
        return None
    return summary


def threads_here(tasks: Sequence[Task]) -> list[str]:
    """Drive every task in a thread of its own, all beginning with the import; returns what went wrong.

    All tasks have one witness and one session.
    """
    start = Barrier(len(tasks))
    wrong: list[str] = []

    def options(task: Task) -> None:
        start.wait()
        try:
            error = run_task(task)["error"]
        except BaseException as raised:  # noqa: BLE001 - it is the answer
            error = f"{type(raised).__name__}: {raised}"
        if error is not None:
            wrong.append(error)

    with witnessing(tasks[0]["witness"], tasks[0]["session"]):
        threads = [Thread(target=options, args=(task,), daemon=True) for task in tasks]
        for thread in threads:
            _start(thread)
        for thread in threads:
            thread.join()
    return wrong


def _start(thread: Thread) -> None:
    try:
        thread.start()
    except RuntimeError as refusal:
        raise OSError(errno.EAGAIN, NO_THREAD) from refusal


def ends(writers: Sequence[Child]) -> list[ChildResult]:
    """How every writer ended."""
    return [writer.wait() for writer in writers]
