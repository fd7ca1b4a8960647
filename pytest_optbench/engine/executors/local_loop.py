"""The loop of a worker in this process: pull a run, operate, commit, and repeat."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.execution.runner import Attempt

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.runner import Runner
    from pytest_optbench.engine.execution.sweep import Sweep

    from .thread_pacing import ThreadPacer


def work(
    sweep: Sweep,
    runner: Runner,
    turn: AbstractContextManager[Any],
    operate: Callable[[Attempt], object] = Attempt.operate,
    pacer: ThreadPacer | None = None,
) -> None:
    """Execute runs until the sweep has no more.

    Only operations overlap. The engine's own part (commit the last run, plan and claim the next) is some thirty short
    system calls; each releases the GIL, and two threads in that part at once pass it back and forth at every call,
    which is slower than one thread. So the part is one burst, under the lock `turn`. Where operations behave the same,
    the `pacer` of several threads makes them take turns too.
    """
    with turn:
        order = _pull(sweep, runner)
    while order is not None:
        if isinstance(order, float):
            sweep.token.wait(order)
            with turn:
                order = _pull(sweep, runner)
            continue
        if pacer is not None:
            pacer.begin()
        operate(order)
        with turn:
            sweep.settle(order.task, order.finish())
            order = _pull(sweep, runner)
            if pacer is not None:
                pacer.ended(more=isinstance(order, Attempt))


def _pull(sweep: Sweep, runner: Runner) -> Attempt | float | None:
    """Take runs until one can begin; otherwise return the seconds to wait, or None at the end."""
    while True:
        order = sweep.take()
        if order is None or isinstance(order, float):
            return order
        begun = runner.begin(order)
        if isinstance(begun, Attempt):
            sweep.started(order)
            return begun
        sweep.settle(order, begun)
