"""Sweeps are stopped in their midst, driven again where they ended too early, and known not to have been stopped."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pytest_optbench.drive.child_sweep import count_finished
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.process.child import Child
from pytest_optbench.target import RunOptions, select
from scenarios.resume import stopping
from scenarios.resume.stopping import STOPS, by_signal, by_timeout, stop_midway
from scenarios.resume.workload import scripted

RUNS = 6


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepContext:
    monkeypatch.setenv("OPTBENCH_METALAB", "pytest_optbench.engine")
    monkeypatch.setattr(stopping, "PACE", 0.05)
    target = select("pytest_optbench.engine")
    return SweepContext(
        target, RunOptions(str(tmp_path / "one" / "store")), tmp_path / "one" / "witness.jsonl", "first"
    )


@pytest.fixture
def planned_sweep(tmp_path: Path) -> PlannedSweep:
    script = str(tmp_path / "script.json")
    return PlannedSweep("stopped", scripted, [{"n": n, "script": script} for n in range(RUNS)], artifacts=("value",))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_stops_a_sweep_in_its_midst(planned_sweep: PlannedSweep, ctx: SweepContext, number: int) -> None:
    stopped = stop_midway(planned_sweep, ctx, by_signal(number))
    assert stopped.ctx is not None
    assert (stopped.promise, stopped.ctx.options.timeout) == (None, None)
    assert 0 < count_finished(stopped.ctx.witness) < RUNS


def test_a_sweep_that_ends_before_it_is_stopped_was_not_stopped(planned_sweep: PlannedSweep, ctx: SweepContext) -> None:
    stopped = stop_midway(planned_sweep, ctx, by_timeout)  # it has no timeout
    assert (stopped.ctx, stopped.promise) == (None, None)
    assert "in 3 tries no sweep of 6 runs was stopped" in stopped.message


def test_a_sweep_that_goes_on_although_it_was_asked_to_stop_breaks_a_promise(
    planned_sweep: PlannedSweep, ctx: SweepContext
) -> None:
    def asked_in_vain(child: Child, ctx: SweepContext, planned_sweep: PlannedSweep) -> int:
        return 1

    stopped = stop_midway(planned_sweep, ctx, asked_in_vain)
    assert (stopped.ctx, stopped.promise) == (None, STOPS)
