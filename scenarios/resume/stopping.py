"""Sweeps that are stopped in their midst, in a child process; those that ended too early are driven again, slower."""

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
PATIENCE = 45.0  # seconds, and some for each run; only a sweep that hangs takes as long

Stop = Callable[[Child, SweepContext, PlannedSweep], int]


@dataclass(frozen=True)
class Stopped:
    """What is left of a sweep: where it was stopped after its first run and before its last, if anywhere.

    `promise` is what broke by then, None if nothing did; `message` tells of it, or why the sweep was not stopped.
    """

    ctx: SweepContext | None
    promise: Promise | None = None
    message: str = ""


def patience(runs: int, pace: float = 0.0) -> ResourceLimits:
    """A limit against hangs for a child that executes so many runs of `pace` seconds."""
    return ResourceLimits(PATIENCE + runs * (0.05 + pace))


def by_signal(number: int) -> Stop:
    """Send a signal when a third of the runs have ended."""

    def stop(child: Child, ctx: SweepContext, planned_sweep: PlannedSweep) -> int:
        signal_after(child, ctx, number, after=max(1, planned_sweep.runs // 3))
        return count_finished(ctx.witness)

    return stop


def by_timeout(child: Child, ctx: SweepContext, planned_sweep: PlannedSweep) -> int:
    """Leave it to the timeout of the sweep."""
    return planned_sweep.runs


def stop_midway(planned_sweep: PlannedSweep, ctx: SweepContext, stop: Stop, timeout: float | None = None) -> Stopped:
    """Drive a sweep of `scripted` runs that take a while, and stop it.

    `stop` returns how many runs had ended when it was done; `timeout` is that of the sweep, as a share of the seconds
    that all runs take.
    """
    ignored = 0
    for number in range(TRIES):
        pace = PACE * 4**number
        tried = _slower(ctx, number, None if timeout is None else timeout * pace * planned_sweep.runs)
        left, ended = _driven(planned_sweep, tried, stop, pace)
        ignored += left > tried.options.workers
        done = count_finished(tried.witness)
        midway = replace(tried, options=replace(tried.options, timeout=None))
        if ended.timed_out:
            return Stopped(midway, STOPS, f"It went on for {ended.wall:.0f} s after it was asked to stop.")
        if 0 < done < planned_sweep.runs:
            return Stopped(midway)
        error = ended.error or (ended.value or {}).get("error")
        if not done and error:
            return Stopped(None, SWEEP_ENDS, f"It raised {error} before a run had ended.")
    if ignored == TRIES:
        return Stopped(None, STOPS, f"In {TRIES} of {TRIES} tries it was asked to stop, and all runs executed.")
    return Stopped(
        None,
        None,
        f"in {TRIES} tries no sweep of {planned_sweep.runs} runs was stopped after its first and before its last run: "
        f"a less loaded machine would do, or a target that does not begin all runs at once",
    )


def _slower(ctx: SweepContext, number: int, timeout: float | None) -> SweepContext:
    """A place of its own for each try."""
    folder = ctx.witness.parent.with_name(f"{ctx.witness.parent.name}-{number}")
    options = replace(ctx.options, store=str(folder / Path(ctx.options.store).name), timeout=timeout)
    return replace(in_new_session(ctx), options=options, witness=folder / ctx.witness.name, resumable=False)


def _driven(planned_sweep: PlannedSweep, ctx: SweepContext, stop: Stop, pace: float) -> tuple[int, ChildResult]:
    """How many runs were left when a sweep had been asked to stop, and how it ended."""
    script = Path(planned_sweep.cases[0]["script"])
    write_script(script, {"*": f"sleep-{pace}"})
    try:
        with start_in_child(planned_sweep, ctx, bounds=patience(planned_sweep.runs, pace)) as child:
            return planned_sweep.runs - stop(child, ctx, planned_sweep), child.wait()
    finally:
        write_script(script, {})
