"""Histories of a store: each step is taken, and what it left behind is swept up by the sweep after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.target import RunOptions, load_target
from scenarios.resume.store_schedule import CASES, Step, StoreSchedule


@pytest.mark.parametrize(
    ("schedule", "executions"),
    [
        ([], CASES),
        ([(Step.RUN, 1)], CASES),
        ([(Step.FAIL, 2)], CASES + 1),
        ([(Step.RUN, 3), (Step.DELETE, 0)], CASES + 1),
        ([(Step.RUN, 3), (Step.DAMAGE, 2)], CASES + 1),
        ([(Step.FAIL, 3), (Step.DAMAGE, 0), (Step.RUN, 0)], CASES + 1),  # a warning that no run of its sweep explains
        ([(Step.RUN, 3), (Step.EXTEND, 0)], 2 * CASES),
        ([(Step.KILL, 2)], CASES - 2),  # what the killed process executed, it executed in its own session
    ],
    ids=str,
)
def test_what_a_step_left_missing_is_executed(
    schedule: list[tuple[Step, int]], executions: int, tmp_path: Path
) -> None:
    ctx = SweepContext(
        load_target(), RunOptions(str(tmp_path / "place" / "store")), tmp_path / "witness.jsonl", "session"
    )
    history = StoreSchedule(ctx, tmp_path / "script.json")
    assert history.broken_by(schedule) == ""
    assert history.executed == executions
    assert list((tmp_path / "place").iterdir()) == [], "each history leaves nothing"
