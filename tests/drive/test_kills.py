"""Kills are known to have met a process at work, or not to."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import NoReturn

import pytest

from pytest_optbench.drive.child_sweep import renewed, start_remote, task_of
from pytest_optbench.drive.kills import at_work, is_at_work, killed_a_writer
from pytest_optbench.drive.planned_sweep import Trial
from pytest_optbench.drive.sweep_context import Place
from pytest_optbench.drive.writers import NO_THREAD, threads_here
from pytest_optbench.target import Drive, select
from pytest_optbench.workloads.basic import paced


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("OPTBENCH_METALAB", "pytest_optbench.engine")
    target = select("pytest_optbench.engine")
    return Place(target, Drive(str(tmp_path / "store")), tmp_path / "witness.jsonl", "first")


def trial(seconds: float, runs: int = 4) -> Trial:
    return Trial("killed", paced, [{"seconds": seconds, "run": run} for run in range(runs)])


def test_a_kill_between_runs_that_take_long_meets_one(place: Place) -> None:
    assert killed_a_writer(trial(1.0), place, after=1)


def test_a_kill_after_the_end_meets_nothing(place: Place) -> None:
    assert not killed_a_writer(trial(0.0, runs=1), place, after=5)


def test_a_process_at_work_is_seen_by_its_session(place: Place) -> None:
    assert not is_at_work(place)
    with start_remote(trial(5.0), place) as child:
        assert at_work(child, place)
        assert is_at_work(place)
        assert not is_at_work(renewed(place))


def test_a_process_that_ends_before_it_works_is_not_waited_for(place: Place) -> None:
    with start_remote(trial(0.0, runs=0), place) as child:
        child.wait()
        assert not at_work(child, place)


def test_a_system_that_starts_no_more_threads_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(thread: Thread) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refused)
    with pytest.raises(OSError, match=NO_THREAD):
        threads_here([task_of(trial(0.0), place)])
