"""Processes that are killed at work, and whether the kill met what it was to meet."""

from __future__ import annotations

import signal
import time

from pytest_optbench.stress.process.child import Bounds, Child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target.snapshot import RECORDS_ONLY

from .child_sweep import finished, start_remote
from .planned_sweep import Trial
from .sweep_context import Place

NAP = 0.002
PATIENCE = 45.0  # seconds; only a process that hangs takes as long


def is_at_work(place: Place) -> bool:
    """Whether a run was begun in the session of this place, and has not ended."""
    mine = [one for one in read(place.witness) if one.session == place.session]
    return any(one.outcome == "interrupted" for one in mine)


def at_work(child: Child, place: Place) -> bool:
    """Wait until the witness has seen an execution of the child's session; False where it never did."""
    deadline = time.monotonic() + PATIENCE
    while child.alive and time.monotonic() < deadline:
        if any(one.session == place.session for one in read(place.witness)):
            return True
        time.sleep(NAP)
    return False


def killed_a_writer(trial: Trial, place: Place, after: int) -> bool:
    """Kill a process once it has executed some runs; whether that left a run that was begun, and is not stored."""
    with start_remote(trial, place, bounds=Bounds(PATIENCE)) as victim:
        wanted = finished(place.witness) + after
        while finished(place.witness) < wanted and victim.alive:
            time.sleep(NAP / 4)
        victim.kill(group=True)
        ended = victim.wait()
    runs = place.target.iter_runs(place.drive.store, trial.experiment(place.target), wanted=RECORDS_ONLY)
    stored = {run.metrics.get(WITNESS_METRIC) for run in runs if run.status == "success"}
    begun = {one.key for one in read(place.witness) if one.session == place.session}
    return ended.signal == signal.SIGKILL and not begun <= stored
