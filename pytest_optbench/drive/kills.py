"""Processes that are killed at work, and whether the kill met what it was to meet."""

from __future__ import annotations

import signal
import time

from pytest_optbench.stress.process.child import Child, ResourceLimits
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target.snapshot import RECORDS_ONLY

from .child_sweep import finished, start_in_child
from .planned_sweep import PlannedSweep
from .sweep_context import SweepContext

NAP = 0.002
PATIENCE = 45.0  # seconds; only a process that hangs takes as long


def is_at_work(ctx: SweepContext) -> bool:
    """Whether a run was begun in the session of this place, and has not ended."""
    mine = [one for one in read(ctx.witness) if one.session == ctx.session]
    return any(one.outcome == "interrupted" for one in mine)


def at_work(child: Child, ctx: SweepContext) -> bool:
    """Wait until the witness has seen an execution of the child's session; False where it never did."""
    deadline = time.monotonic() + PATIENCE
    while child.alive and time.monotonic() < deadline:
        if any(one.session == ctx.session for one in read(ctx.witness)):
            return True
        time.sleep(NAP)
    return False


def killed_a_writer(planned_sweep: PlannedSweep, ctx: SweepContext, after: int) -> bool:
    """Kill a process once it has executed some runs; whether that left a run that was begun, and is not stored."""
    with start_in_child(planned_sweep, ctx, bounds=ResourceLimits(PATIENCE)) as victim:
        wanted = finished(ctx.witness) + after
        while finished(ctx.witness) < wanted and victim.alive:
            time.sleep(NAP / 4)
        victim.kill(group=True)
        ended = victim.wait()
    runs = ctx.target.iter_runs(ctx.options.store, planned_sweep.experiment(ctx.target), wanted=RECORDS_ONLY)
    stored = {run.metrics.get(WITNESS_METRIC) for run in runs if run.status == "success"}
    begun = {one.key for one in read(ctx.witness) if one.session == ctx.session}
    return ended.signal == signal.SIGKILL and not begun <= stored
