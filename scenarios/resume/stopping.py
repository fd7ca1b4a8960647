"""Sweeps in a child process that are stopped midway; one that finishes too early is repeated with slower runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_optbench.drive.child_sweep import count_finished, in_new_session, signal_after, start_in_child
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.run_and_audit import SWEEP_ENDS
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.promises import Promise, promise
from pytest_optbench.stress.process.child import Child, ChildResult, ResourceLimits

from .workload import write_script

STOPS = promise("resume.stops")
TRIES = 3
PACE = 0.02  # seconds of a run, four times as long with each try
PATIENCE = 45.0  # seconds, and some more for each run; only a sweep that hangs takes as long

Stop = Callable[[Child, SweepContext, PlannedSweep], int]


@dataclass(frozen=True)
class Stopped:
    """The result of stopping a sweep: `ctx` is None if no try stopped it between its first and its last run.

    `promise` is the promise that broke, None if none did; `message` says how it broke, or why no try succeeded.
    """

    ctx: SweepContext | None
    promise: Promise | None = None
    message: str = ""


def patience(runs: int, pace: float = 0.0) -> ResourceLimits:
    """The time limit, against hangs, of a child that executes so many runs of `pace` seconds."""
    return ResourceLimits(PATIENCE + runs * (0.05 + pace))


def by_signal(number: int) -> Stop:
    """Make a stop that sends a signal when a third of the runs have finished."""

    def stop(child: Child, ctx: SweepContext, planned_sweep: PlannedSweep) -> int:
        signal_after(child, ctx, number, after=max(1, planned_sweep.runs // 3))
        return count_finished(ctx.witness)

    return stop


def by_timeout(child: Child, ctx: SweepContext, planned_sweep: PlannedSweep) -> int:
    """Leave stopping to the timeout of the sweep."""
    return planned_sweep.runs


def stop_midway(planned_sweep: PlannedSweep, ctx: SweepContext, stop: Stop, timeout: float | None = None) -> Stopped:
    """Run a sweep of `scripted` runs that sleep, and stop it.

    `stop` returns how many runs had finished when it was done; `timeout` is that of the sweep, as a share of the
    seconds that all runs take.
    """
    ignored = 0
    for number in range(TRIES):
        pace = PACE * 4**number
        attempt = _context_of_try(ctx, number, None if timeout is None else timeout * pace * planned_sweep.runs)
        left, child = _run_and_stop(planned_sweep, attempt, stop, pace)
        ignored += left > attempt.options.workers
        finished = count_finished(attempt.witness)
        midway = replace(attempt, options=replace(attempt.options, timeout=None))
        if child.timed_out:
            return Stopped(midway, STOPS, f"The sweep went on for {child.wall:.0f} s after it was asked to stop.")
        if 0 < finished < planned_sweep.runs:
            return Stopped(midway)
        error = child.error or (child.value or {}).get("error")
        if not finished and error and not (child.value or {}).get("timed_out"):  # workers may need longer to start
            return Stopped(None, SWEEP_ENDS, f"The sweep raised {error} before a run had finished.")
    if ignored == TRIES:
        return Stopped(None, STOPS, f"In {TRIES} of {TRIES} tries the sweep was asked to stop, and all runs executed.")
    return Stopped(
        None,
        None,
        f"in {TRIES} tries no sweep of {planned_sweep.runs} runs was stopped after its first and before its last run: "
        f"repeat on a less loaded machine, or with a target that does not begin all runs at once",
    )


def _context_of_try(ctx: SweepContext, number: int, timeout: float | None) -> SweepContext:
    """A context with a store and a witness of its own for each try."""
    folder = ctx.witness.parent.with_name(f"{ctx.witness.parent.name}-{number}")
    options = replace(ctx.options, store=str(folder / Path(ctx.options.store).name), timeout=timeout)
    return replace(in_new_session(ctx), options=options, witness=folder / ctx.witness.name, resumable=False)


def _run_and_stop(planned_sweep: PlannedSweep, ctx: SweepContext, stop: Stop, pace: float) -> tuple[int, ChildResult]:
    """Run and stop a sweep; returns how many runs were left when it was asked to stop, and the child's result."""
    script = Path(planned_sweep.cases[0]["script"])
    write_script(script, {"*": f"sleep-{pace}"})
    try:
        with start_in_child(planned_sweep, ctx, bounds=patience(planned_sweep.runs, pace)) as child:
            return planned_sweep.runs - stop(child, ctx, planned_sweep), child.wait()
    finally:
        write_script(script, {})
