"""What a worker process does: take a run from the queue, execute it, report, and again.

It is a fresh interpreter, not a fork: the parent has threads, and a fork would copy the locks they hold. It dies with
its parent, however that ends: the kernel kills it when the other end of its lifeline closes.
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

from .channel import Reporter, TaskSource, read_whole
from .main_module import ADOPTING, MAIN, MARK, MainModule, adopt_main
from .reports import Report

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.sweep_spec import SweepSpec


def main(tasks: int, reports: int, lifeline: int, cancel: int, charter: int, careful: int) -> None:
    """Serve until the queue ends; the arguments are inherited file descriptors, and whether to tell of each taking."""
    gc.enable()
    for descriptor in (tasks, reports, lifeline, cancel, charter):
        os.set_inheritable(descriptor, False)  # ours alone: not for programs that an operation starts
    # Ctrl-C reaches every process of the terminal; what stops and when is for the parent to say. Not SIG_IGN, which
    # programs started by an operation would inherit.
    signal.signal(signal.SIGINT, _leave_it_to_the_parent)
    die_with(lifeline)
    reporter = Reporter(reports)
    try:
        with ADOPTING:
            runner, script = _open(charter, cancel, reporter)
    except BaseException as error:  # noqa: BLE001 - the parent raises it as its own
        reporter.put(Report.REFUSED, describe(error), send=True)
        return
    reporter.put(Report.READY, send=True)
    try:
        serve(TaskSource(tasks), runner, reporter, script, careful=bool(careful))
    except BaseException:  # noqa: BLE001 - a worker that cannot go on must not stand by for threads of operations
        traceback.print_exc()
        os._exit(1)


def serve(source: TaskSource, runner: Runner, reporter: Reporter, script: MainModule | None, *, careful: bool) -> None:
    """Execute whatever comes through the queue."""
    while True:
        try:
            parcel = source.get(wait=False)
            if parcel is None:
                reporter.flush()
                parcel = source.get(wait=True)
        except EOFError:
            reporter.flush()
            return
        if parcel is not None and not runner.token.is_cancelled:
            if careful:
                reporter.put(Report.TAKEN, parcel[0], datetime.now(UTC), send=True)
            _execute(*parcel, runner, reporter, script)


def _execute(number: int, data: bytes, runner: Runner, reporter: Reporter, script: MainModule | None) -> None:
    try:
        with ADOPTING:
            task = _loads(data, script)
    except BaseException as error:  # noqa: BLE001 - unpickling runs the constructors of whatever parameters there are
        reporter.put(Report.REJECTED, number, describe(error))
        return
    begun = runner.begin(task)
    if isinstance(begun, Attempt):
        reporter.put(Report.STARTED, number, begun.started, send=True)
        begun.operate()
        begun = begun.finish()
    reporter.put(Report.ENDED, number, begun)


def _open(charter: int, cancel: int, reporter: Reporter) -> tuple[Runner, MainModule | None]:
    arguments, script, operation, packed = pickle.loads(read_whole(charter))  # noqa: S301 - written by our own parent
    sys.argv[:] = arguments
    if operation.startswith(f"{MAIN}:"):
        adopt_main(script)
    spec: SweepSpec = _loads(packed, script)
    if spec.operation.code_hash != spec.code_hash:
        raise WorkerError(
            f"{spec.operation.ref} is other code in a worker process than in this one: was its file changed "
            "since it was imported, or what it closes over since then, or does that differ from process to process?"
        )

    def tell(kind: Any, run_id: str, message: str = "", /, **details: Any) -> None:
        reporter.put(Report.EVENT, kind, run_id, message, details, send=True)

    return Runner.open(spec, PipeToken(cancel), tell), script


def _loads(data: bytes, script: MainModule | None) -> Any:
    return _Unpickler(data, script).load() if MARK in data else pickle.loads(data)  # noqa: S301 - our own parent's


class _Unpickler(pickle.Unpickler):
    """Runs the parent's script once something that it defines is asked for; a text may say `__main__` without that."""

    def __init__(self, data: bytes, script: MainModule | None) -> None:
        super().__init__(io.BytesIO(data))
        self._script = script

    def find_class(self, module: str, name: str) -> Any:
        if module == MAIN:
            adopt_main(self._script)
        return super().find_class(module, name)


def die_with(lifeline: int) -> None:
    """Have the kernel kill this process when the other end of a pipe closes, even while it hangs in C code.

    Better than PR_SET_PDEATHSIG, which fires when the *thread* that started us ends.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    if poll.poll(0):  # the parent died before this was set
        os._exit(1)


def _leave_it_to_the_parent(number: int, frame: FrameType | None) -> None:
    del number, frame
