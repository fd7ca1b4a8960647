"""A crowd of forked writers: each drives its own part, and tells how that went or that it died."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.drive.child_sweep import task_of
from pytest_optbench.drive.faults import EXIT_CODE, mishap
from pytest_optbench.drive.planned_sweep import Trial
from pytest_optbench.drive.sweep_context import Place
from pytest_optbench.drive.writers import crowd_here, dealt
from pytest_optbench.stress.process.child import run_child
from pytest_optbench.stress.witness.log import read
from pytest_optbench.target import Drive, load_target
from pytest_optbench.workloads.basic import noop


def test_every_writer_tells_how_its_part_went(tmp_path: Path) -> None:
    place = Place(load_target(), Drive(str(tmp_path / "store")), tmp_path / "witness.jsonl", "crowd")
    parts = dealt(Trial("crowd", noop, [{"n": n} for n in range(5)]), 2)
    parts.append(Trial("deadly", mishap, [{"n": 0, "mishap": "os._exit(3)"}]))
    told = run_child(crowd_here, [task_of(part, place) for part in parts]).value_or_raise()
    assert told["codes"] == [0, 0, EXIT_CODE]
    assert [one and one["completed"] for one in told["told"]] == [3, 2, None]
    assert len({one.pid for one in read(place.witness)}) == 3


def test_a_writer_whose_sweep_could_not_run_has_the_exit_code_of_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    place = Place(load_target(), Drive(str(tmp_path / "file" / "store")), tmp_path / "witness.jsonl", "crowd")
    told = run_child(crowd_here, [task_of(Trial("noop", noop, [{"n": 0}]), place)]).value_or_raise()
    assert told["codes"] == [1]
    assert "file" in told["told"][0]["error"]
