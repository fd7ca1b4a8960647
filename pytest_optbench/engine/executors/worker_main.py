"""The main loop of a worker process: take a run from the queue, execute it, report, and repeat.

It is a fresh interpreter, not a fork: the parent has threads, and a fork would copy the locks they hold. It dies with
its parent, however the parent ends: the kernel kills it when the other end of `parent_pipe` closes.
"""

from __future__ import annotations

import fcntl
import gc
import io
import os
import pickle
import select
import signal
import sys
import traceback
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.execution.runner import Attempt, Runner
from pytest_optbench.engine.execution.runtime import PipeToken
from pytest_optbench.engine.model.failure import describe
from pytest_optbench.errors import WorkerError

from .channel import Reporter, ReportKind, TaskSource, read_whole
from .main_module import ADOPTING, MAIN, MARK, MainModule, adopt_main
from .sweep_payload import SweepPayload, check_store

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep_spec import SweepSpec


def main(tasks: int, reports: int, parent_pipe: int, cancel: int, sweep_payload: int, ack_first: int) -> None:
    """Serve until the queue ends; the arguments are inherited descriptors, and a flag: acknowledge each run first."""
    gc.enable()
    for descriptor in (tasks, reports, parent_pipe, cancel, sweep_payload):
        os.set_inheritable(descriptor, False)  # not for programs that an operation starts
    # Ctrl-C reaches every process of the terminal; the parent decides what stops and when. Not SIG_IGN, which programs
    # started by an operation would inherit.
    signal.signal(signal.SIGINT, _leave_interrupts_to_the_parent)
    die_with(parent_pipe)
    reporter = Reporter(reports)
    try:
        with ADOPTING:
            runner, script = _open(sweep_payload, cancel, reporter)
    except BaseException as error:  # noqa: BLE001 - the parent raises it as its own
        reporter.put(ReportKind.REFUSED, describe(error), send=True)
        return
    reporter.put(ReportKind.READY, send=True)
    try:
        serve(TaskSource(tasks), runner, reporter, script, ack_first=bool(ack_first))
    except BaseException:  # noqa: BLE001 - a worker that cannot go on must not stand by for threads of operations
        traceback.print_exc()
        os._exit(1)


def serve(
    source: TaskSource, runner: Runner, reporter: Reporter, script: MainModule | None, *, ack_first: bool
) -> None:
    """Execute the runs that come through the queue."""
    while True:
        try:
            message = source.get(wait=False)
            if message is None:
                reporter.flush()
                message = source.get(wait=True)
        except EOFError:
            reporter.flush()
            return
        if message is not None and not runner.token.is_cancelled:
            if ack_first:
                reporter.put(ReportKind.TAKEN, message[0], datetime.now(UTC), send=True)
            _execute(*message, runner, reporter, script)


def _execute(number: int, data: bytes, runner: Runner, reporter: Reporter, script: MainModule | None) -> None:
    try:
        with ADOPTING:
            task = _loads(data, script)
    except BaseException as error:  # noqa: BLE001 - unpickling runs the constructors of parameters
        reporter.put(ReportKind.REJECTED, number, describe(error))
        return
    begun = runner.begin(task)
    if isinstance(begun, Attempt):
        reporter.put(ReportKind.STARTED, number, begun.started, send=True)
        begun.operate()
        begun = begun.finish()
    reporter.put(ReportKind.ENDED, number, begun)


def _open(sweep_payload: int, cancel: int, reporter: Reporter) -> tuple[Runner, MainModule | None]:
    payload: SweepPayload = pickle.loads(read_whole(sweep_payload))  # noqa: S301 - written by our own parent
    sys.argv[:], script = payload.arguments, payload.script
    if payload.operation.startswith(f"{MAIN}:"):
        adopt_main(script)
    spec: SweepSpec = _loads(payload.packed, script)
    if spec.operation.code_hash != spec.code_hash:
        raise WorkerError(
            f"{spec.operation.ref} is other code in a worker process than in this one: was its file changed "
            "since it was imported, or what it closes over since then, or does that differ from process to process?"
        )

    def tell(kind: Any, run_id: str, message: str = "", /, **details: Any) -> None:
        reporter.put(ReportKind.EVENT, kind, run_id, message, details, send=True)

    runner = Runner.open(spec, PipeToken(cancel), tell)
    if payload.claimed is not None:
        check_store(spec, runner.store, payload.claimed)
    return runner, script


def _loads(data: bytes, script: MainModule | None) -> Any:
    return _Unpickler(data, script).load() if MARK in data else pickle.loads(data)  # noqa: S301 - our own parent's


class _Unpickler(pickle.Unpickler):
    """Runs the parent's script once something that it defines is loaded; a text may hold `__main__` without that."""

    def __init__(self, data: bytes, script: MainModule | None) -> None:
        super().__init__(io.BytesIO(data))
        self._script = script

    def find_class(self, module: str, name: str) -> Any:
        if module == MAIN:
            adopt_main(self._script)
        return super().find_class(module, name)


def die_with(parent_pipe: int) -> None:
    """Have the kernel kill this process when the other end of a pipe closes, even while it hangs in C code.

    Better than PR_SET_PDEATHSIG, which fires when the *thread* that started this process ends.
    """
    fcntl.fcntl(parent_pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(parent_pipe, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(parent_pipe, fcntl.F_SETFL, fcntl.fcntl(parent_pipe, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(parent_pipe, select.POLLIN)
    if poll.poll(0):  # the parent died before this was set
        os._exit(1)


def _leave_interrupts_to_the_parent(number: int, frame: FrameType | None) -> None:
    del number, frame
