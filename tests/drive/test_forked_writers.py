"""A crowd of forked writers: each drives its own part, and tells how that went or that it died."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.drive.child_sweep import task_of
from pytest_optbench.drive.faults import EXIT_CODE, fault
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.drive.writers import deal, fork_writers
from pytest_optbench.stress.process.child import run_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.target import RunOptions, load_target
from pytest_optbench.workloads.basic import noop


def test_every_writer_tells_how_its_part_went(tmp_path: Path) -> None:
    ctx = SweepContext(load_target(), RunOptions(str(tmp_path / "store")), tmp_path / "witness.jsonl", "crowd")
    parts = deal(PlannedSweep("crowd", noop, [{"n": n} for n in range(5)]), 2)
    parts.append(PlannedSweep("deadly", fault, [{"n": 0, "fault": "os._exit(3)"}]))
    told = run_child(fork_writers, [task_of(part, ctx) for part in parts]).value_or_raise()
    assert told["codes"] == [0, 0, EXIT_CODE]
    assert [one and one["completed"] for one in told["summaries"]] == [3, 2, None]
    assert len({one.pid for one in read(ctx.witness)}) == 3


def test_a_writer_whose_sweep_could_not_run_has_the_exit_code_of_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ctx = SweepContext(load_target(), RunOptions(str(tmp_path / "file" / "store")), tmp_path / "witness.jsonl", "crowd")
    told = run_child(fork_writers, [task_of(PlannedSweep("noop", noop, [{"n": 0}]), ctx)]).value_or_raise()
    assert told["codes"] == [1]
    assert "file" in told["summaries"][0]["error"]
