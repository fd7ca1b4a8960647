"""Stores in which a walk begins: empty, with failures, with successes, with what the dead left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_optbench.drive.fault_walk import meet, trace_of
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.faults.fault import NOTHING, Fault

DEATHS = (0.2, 0.5, 0.8)  # of the events of the process that has most of them
ContextAt = Callable[[str], SweepContext]


@dataclass(frozen=True)
class Beginning:
    """How to prepare a store, None for an empty one, and whether the walk resumes it."""

    prepare: Callable[[PlannedSweep, ContextAt, float], Path] | None = None
    resume: bool = True


@contextmanager
def _failing(sweep: PlannedSweep) -> Iterator[None]:
    """Let every second run of a sweep fail."""
    switch = Path(str(sweep.cases[0]["failing"]))
    switch.touch()
    try:
        yield
    finally:
        switch.unlink()


def _with_failures(sweep: PlannedSweep, context_at: ContextAt, seconds: float) -> Path:
    with _failing(sweep):
        return _with_successes(sweep, context_at, seconds)


def _with_successes(sweep: PlannedSweep, context_at: ContextAt, seconds: float) -> Path:
    ctx = context_at("prepared")
    meet(sweep, NOTHING, ctx, None, seconds)
    return Path(ctx.options.store)


def _with_the_dead(sweep: PlannedSweep, context_at: ContextAt, seconds: float) -> Path:
    """Kill a sweep, and kill it again where it is resumed."""
    ctx = context_at("undisturbed")
    meet(sweep, NOTHING, ctx, None, seconds)
    trace = trace_of(ctx)
    busiest = max(range(len(trace)), key=lambda process: len(trace[process]))
    store = None
    for number, share in enumerate(DEATHS):
        ctx = context_at(f"death-{number}")
        meet(sweep, Fault("kill", int(share * len(trace[busiest])), busiest), ctx, store, seconds)
        store = Path(ctx.options.store)
    return Path(ctx.options.store)


BEGINNINGS: Mapping[str, Beginning] = {
    "an empty store": Beginning(),
    "failures": Beginning(_with_failures),
    "successes": Beginning(_with_successes, resume=False),
    "leftovers of the dead": Beginning(_with_the_dead),
}
