"""Kill processes while they execute runs, and check that the kill came at such a time."""

from __future__ import annotations

import signal
import time

from pytest_optbench.stress.process.child import Child, ResourceLimits
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target.snapshot import RECORDS_ONLY

from .child_sweep import count_finished, start_in_child
from .planned_sweep import PlannedSweep
from .sweep_context import SweepContext

NAP = 0.002
PATIENCE = 45.0  # seconds; only a process that hangs takes as long


def has_active_run(ctx: SweepContext) -> bool:
    """Return whether a run of this session has started and not finished."""
    executions = [execution for execution in read(ctx.witness) if execution.session == ctx.session]
    return any(execution.outcome == "interrupted" for execution in executions)


def wait_for_execution(child: Child, ctx: SweepContext) -> bool:
    """Wait until the witness has an execution of the child's session; return whether it has."""
    deadline = time.monotonic() + PATIENCE
    while child.alive and time.monotonic() < deadline:
        if any(execution.session == ctx.session for execution in read(ctx.witness)):
            return True
        time.sleep(NAP)
    return False


def kill_writer(planned_sweep: PlannedSweep, ctx: SweepContext, after: int) -> bool:
    """Kill a process after some executions; return whether that left a run that started and is not stored."""
    with start_in_child(planned_sweep, ctx, bounds=ResourceLimits(PATIENCE)) as child:
        target_count = count_finished(ctx.witness) + after
        while count_finished(ctx.witness) < target_count and child.alive:
            time.sleep(NAP / 4)
        child.kill(group=True)
        ended = child.wait()
    runs = ctx.target.iter_runs(ctx.options.store, planned_sweep.experiment(ctx.target), wanted=RECORDS_ONLY)
    stored = {run.metrics.get(WITNESS_METRIC) for run in runs if run.status == "success"}
    started = {execution.key for execution in read(ctx.witness) if execution.session == ctx.session}
    return ended.signal == signal.SIGKILL and not started <= stored
