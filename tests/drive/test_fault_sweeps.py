"""Sweeps with faults: where they stand, whom a break is put down to, and what becomes of a child that dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_optbench.drive.fault_sweeps import (
    ENDS,
    REPORTED,
    ChildSweepResult,
    FaultSweep,
    audit_fault_sweep,
    by_fault,
    drive_all,
    error_text,
    fault_sweep,
    unstored,
)
from pytest_optbench.drive.faults import FAULTS
from pytest_optbench.drive.run_and_audit import AuditResult
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.audit import promises
from pytest_optbench.stress.audit.promises import Violation
from pytest_optbench.stress.witness.log import read
from pytest_optbench.target import RunOptions, Summary, select

SECONDS = 60.0


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SweepContext:
    monkeypatch.setenv("OPTBENCH_METALAB", "pytest_optbench.engine")
    return place_at(tmp_path, "one")


def place_at(folder: Path, name: str) -> SweepContext:
    target = select("pytest_optbench.engine")
    return SweepContext(target, RunOptions(str(folder / name / "store")), folder / name / "witness.jsonl", name)


def test_every_mishap_stands_between_healthy_runs(ctx: SweepContext) -> None:
    stage = fault_sweep(ctx, ["an error", "a returned text"], healthy=2)
    acts = [case["fault"] for case in stage.planned_sweep.cases]
    assert acts == ["", "", "an error", "", "", "a returned text", "", ""]
    assert [run.status for run in stage.planned_sweep.plan()].count("failed") == 1


def test_a_break_is_put_down_to_the_mishap_before_it(ctx: SweepContext) -> None:
    stage = fault_sweep(ctx, ["an error", "SystemExit"], healthy=1)
    keys = [run.key for run in stage.planned_sweep.plan()]
    found = AuditResult(5, 5, 0.0, tuple(Violation(promises.STATUS, "", key=keys[n]) for n in (0, 2, 4)))
    shares = by_fault(stage, found)
    assert shares is not None
    assert {name: len(share.violations) for name, share in shares.items()} == {"an error": 2, "SystemExit": 1}


@pytest.mark.parametrize("beyond", [Violation(promises.EXECUTED, "", key="0"), Violation(REPORTED, "")], ids=str)
def test_a_break_that_reaches_further_is_put_down_to_nobody(ctx: SweepContext, beyond: Violation) -> None:
    assert by_fault(fault_sweep(ctx, ["an error"], healthy=1), AuditResult(3, 3, 0.0, (beyond,))) is None


def test_a_sweep_that_kills_its_child_is_told_and_the_others_are_driven(tmp_path: Path) -> None:
    stages = [
        fault_sweep(place_at(tmp_path, "before"), ["an error"], healthy=1),
        fault_sweep(place_at(tmp_path, "deadly"), ["os._exit(3)"], healthy=1),  # in a thread: it ends the whole process
        fault_sweep(place_at(tmp_path, "after"), ["a returned text"], healthy=1),
    ]
    driven = list(drive_all(stages, SECONDS))
    assert [how.summary is not None for how in driven] == [True, False, True]
    assert "exited with code 3" in driven[1].end
    assert [len(read(stage.ctx.witness)) for stage in stages] == [3, 2, 3], "no sweep may be driven twice"
    assert audit_fault_sweep(stages[0], driven[0]).violations == ()
    assert ENDS in {one.promise for one in audit_fault_sweep(stages[1], driven[1]).violations}


def test_a_reported_success_that_is_not_stored_is_found(ctx: SweepContext) -> None:
    stage = driven_here(ctx)
    found = audit_fault_sweep(stage, ChildSweepResult(Summary(completed=3)))
    assert [one.promise for one in found.violations] == [REPORTED]


def test_an_error_that_does_not_tell_what_happened_is_found(ctx: SweepContext, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = driven_here(ctx)
    monkeypatch.setitem(FAULTS, "an error", FAULTS["a huge error"])  # type: ignore[arg-type]  # a plain dict
    (one,) = audit_fault_sweep(stage, ChildSweepResult(Summary(completed=2))).violations
    assert "lacks 'huge '" in one.message


def driven_here(ctx: SweepContext) -> FaultSweep:
    stage = fault_sweep(ctx, ["an error"], healthy=1)
    assert [how.summary.completed for how in drive_all([stage], SECONDS) if how.summary] == [2]
    return stage


def test_what_ended_without_a_record_is_found(ctx: SweepContext) -> None:
    stage = driven_here(ctx)
    runs = ctx.target.read(ctx.options.store, stage.planned_sweep.experiment(ctx.target)).runs
    executions = read(ctx.witness)
    assert unstored(executions, runs) == []
    returned = [one.key for one in executions if one.outcome == "returned"]
    assert unstored(executions, ()) == returned != []


def test_all_parts_of_an_error_are_told() -> None:
    assert error_text({"type": "ValueError", "message": "why"}) == "ValueError\nwhy"
    assert error_text(None) == ""
