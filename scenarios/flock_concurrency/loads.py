"""The numbers of writers, runs and seconds of a load."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.drive.writers import start_writers
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.stress.process.child import Child, ResourceLimits

WRITERS = {"light": 2, "medium": 8, "heavy": 16}
MOST_WRITERS, RUNS_A_CROWD = 32, 12  # of an extreme crowd: its writers grow with their runs
RUNS_A_WRITER = 50
PATIENCE = ResourceLimits(seconds=45.0)  # only a crowd that hangs takes as long
LONG = ResourceLimits(seconds=4 * 3600.0)


def patience(load: Load) -> ResourceLimits:
    return PATIENCE if load.intensity == "light" else LONG


def runs_of_crowds(most: int) -> int:
    """Return how many runs crowds of 1, 4, 16, ... and `most` writers execute in all."""
    return RUNS_A_WRITER * (most if most == 1 else most + runs_of_crowds(-(-most // 4)) // RUNS_A_WRITER)


def writers_of(load: Load, runs: int) -> int:
    return WRITERS.get(load.intensity) or min(MOST_WRITERS, max(2, runs // RUNS_A_CROWD))


def start_crowd(
    parts: Sequence[PlannedSweep], scenario: Scenario, load: Load, ctx: SweepContext
) -> AbstractContextManager[list[Child]]:
    """Start a process for each part; at light only one of them has a fresh interpreter, the others are forked."""
    gate = scenario.folder / f"gate-{ctx.session}"
    return start_writers(parts, ctx, gate, patience(load), all_fresh=load.intensity != "light")
