"""The loop of a worker that lives in this process: pull a run, operate, commit, and again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.execution.runner import Attempt

if TYPE_CHECKING:
    from pytest_optbench.engine.execution.runner import Runner
    from pytest_optbench.engine.execution.sweep import Sweep

    from .thread_pacing import Pace


def work(
    sweep: Sweep,
    runner: Runner,
    turn: AbstractContextManager[Any],
    operate: Callable[[Attempt], object] = Attempt.operate,
    pace: Pace | None = None,
) -> None:
    """Execute runs until the sweep has no more.

    Only operations overlap. The engine's own part (commit the last run, plan and claim the next) is some thirty short
    system calls; each lets go of the interpreter lock, and two threads in that part at once hand the lock to and fro
    at every one of them, which is slower than one thread. So the part is one burst, under the `turn`. Where operations
    are no better, the `pace` of several threads keeps them apart too.
    """
    with turn:
        order = _pull(sweep, runner)
    while order is not None:
        if isinstance(order, float):
            sweep.token.wait(order)
            with turn:
                order = _pull(sweep, runner)
            continue
        if pace is not None:
            pace.begin()
        operate(order)
        with turn:
            sweep.settle(order.task, order.finish())
            order = _pull(sweep, runner)
            if pace is not None:
                pace.ended(more=isinstance(order, Attempt))


def _pull(sweep: Sweep, runner: Runner) -> Attempt | float | None:
    """Take runs until one can begin; else return when to ask again, or None at the end."""
    while True:
        order = sweep.take()
        if order is None or isinstance(order, float):
            return order
        begun = runner.begin(order)
        if isinstance(begun, Attempt):
            sweep.started(order)
            return begun
        sweep.settle(order, begun)
