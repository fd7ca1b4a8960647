"""Kills are known to have met a process at work, or not to."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import NoReturn

import pytest

from pytest_optbench.drive.child_sweep import in_new_session, start_in_child, task_of
from pytest_optbench.drive.kills import has_active_run, kill_writer, wait_for_execution
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.drive.writers import NO_THREAD, run_in_threads
from pytest_optbench.target import RunOptions, select
from pytest_optbench.workloads.basic import paced


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepContext:
    monkeypatch.setenv("OPTBENCH_METALAB", "pytest_optbench.engine")
    target = select("pytest_optbench.engine")
    return SweepContext(target, RunOptions(str(tmp_path / "store")), tmp_path / "witness.jsonl", "first")


def planned_sweep(seconds: float, runs: int = 4) -> PlannedSweep:
    return PlannedSweep("killed", paced, [{"seconds": seconds, "run": run} for run in range(runs)])


def test_a_kill_between_runs_that_take_long_meets_one(ctx: SweepContext) -> None:
    assert kill_writer(planned_sweep(1.0), ctx, after=1)


def test_a_kill_after_the_end_meets_nothing(ctx: SweepContext) -> None:
    assert not kill_writer(planned_sweep(0.0, runs=1), ctx, after=5)


def test_a_process_at_work_is_seen_by_its_session(ctx: SweepContext) -> None:
    assert not has_active_run(ctx)
    with start_in_child(planned_sweep(5.0), ctx) as child:
        assert wait_for_execution(child, ctx)
        assert has_active_run(ctx)
        assert not has_active_run(in_new_session(ctx))


def test_a_process_that_ends_before_it_works_is_not_waited_for(ctx: SweepContext) -> None:
    with start_in_child(planned_sweep(0.0, runs=0), ctx) as child:
        child.wait()
        assert not wait_for_execution(child, ctx)


def test_a_system_that_starts_no_more_threads_is_named(ctx: SweepContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(thread: Thread) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refused)
    with pytest.raises(OSError, match=NO_THREAD):
        run_in_threads([task_of(planned_sweep(0.0), ctx)])
