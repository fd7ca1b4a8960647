"""What is seen until the first run of a plan starts, in a child process as a scenario uses it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_optbench.benchmark.spaces import naive
from pytest_optbench.drive.first_run import CountedSource, PlanWatch, first_runs, largest_prompt_plan
from pytest_optbench.errors import TargetFailedError, TargetRaisedError
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.stress.witness.witness import read

LIMIT = ResourceLimits(seconds=120)


def test_counts_what_is_taken_and_ends_when_abandoned() -> None:
    cases = CountedSource(naive("extreme"))
    walk = iter(cases)
    assert [next(walk).case_id for _ in range(3)] == [naive("extreme")[place].case_id for place in range(3)]
    assert (cases.taken, cases.size) == (3, naive("extreme").size)
    cases.abandoned = True
    with pytest.raises(ValueError, match="no longer awaited"):
        next(walk)


def test_the_first_run_of_every_plan_is_seen(tmp_path: Path) -> None:
    seen = run_child(first_runs, str(tmp_path), [10, 1000], "calls", 60.0, bounds=LIMIT).value_or_raise()
    assert [(one["planned"], one["started"]) for one in seen] == [(10, True), (1000, True)]
    assert all(0 < one["taken"] <= 10 and one["calls"] > 0 and one["bytes"] == 0 for one in seen)
    assert len(read(tmp_path / "witness.jsonl")) == 3  # one more to warm up


def test_bytes_are_counted_on_request(tmp_path: Path) -> None:
    (seen,) = run_child(first_runs, str(tmp_path), [10], "bytes", 60.0, bounds=LIMIT).value_or_raise()
    assert seen["bytes"] > 0
    assert seen["calls"] == 0


def test_a_run_that_does_not_start_in_time_is_told_and_its_plan_abandoned() -> None:
    watch = PlanWatch(CountedSource(naive("light")), "clock")
    watch.begin(threading.Event().wait)
    seen = watch.wait(0.01)
    assert (seen.planned, seen.started, seen.taken) == (16, False, 0)
    assert watch.cases.abandoned


def _raise() -> None:
    raise TargetRaisedError("it raised RuntimeError: no")


@pytest.mark.parametrize(
    ("sweep", "says"),
    [(_raise, "it raised RuntimeError: no"), (lambda: None, "came to an end")],
    ids=["raises", "ends"],
)
def test_a_sweep_that_ends_without_a_first_run_is_an_error(sweep: Callable[[], None], says: str) -> None:
    watch = PlanWatch(CountedSource(naive("light")), "clock")
    watch.begin(sweep)
    with pytest.raises(TargetFailedError, match=says):
        watch.wait(60.0)


def test_the_largest_prompt_plan_has_a_curve(tmp_path: Path) -> None:
    found = run_child(largest_prompt_plan, str(tmp_path), 10_000, 60.0, 60.0, bounds=LIMIT).value_or_raise()
    assert (found["value"], found["stopped"]) == (10_000, "ceiling")
    assert [load for load, _, _ in found["curve"]] == [100, 1000, 10_000]
