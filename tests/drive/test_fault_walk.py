"""A walk meets its faults in children of its own, resumes after each, and says what happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_optbench.drive.fault_walk import meet, trace_of, walk
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.drive.uninterrupted import run_uninterrupted
from pytest_optbench.stress.faults.fault import NOTHING, Fault
from pytest_optbench.target import RunOptions, load_target
from pytest_optbench.workloads.basic import noop

SECONDS = 60.0
SWEEP = PlannedSweep("walked", noop, [{"n": n} for n in range(2)])


def context(folder: Path, name: str) -> SweepContext:
    store = folder / name / "store"
    return SweepContext(load_target(), RunOptions(str(store)), folder / name / "witness.jsonl", name)


@pytest.fixture(autouse=True)
def _on_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTBENCH_METALAB", "pytest_optbench.engine")


def test_it_kills_fails_and_resumes(tmp_path: Path) -> None:
    uninterrupted = run_uninterrupted(SWEEP, context(tmp_path, "whole"), SECONDS)
    traced = context(tmp_path, "traced")
    meet(SWEEP, NOTHING, traced, None, SECONDS)
    (trace,) = trace_of(traced)
    publish = max(number for number, event in enumerate(trace) if event.kind == "rename")
    full = Fault("error", 1, code="ENOSPC", lasting=True)
    faults = [Fault("kill", publish), full, Fault("kill", len(trace) + 5), Fault("kill", 0)]
    points = [(fault, context(tmp_path, str(number))) for number, fault in enumerate(faults)]
    killed, failed, missed, first = walk(SWEEP, points, None, SECONDS)
    assert killed.first is None
    assert "SIGKILL" in killed.end
    assert killed.hit is not None
    assert killed.hit.event.kind == "rename"
    assert list(killed.found.values()) == ["success"]
    assert killed.reported == frozenset(killed.found)
    assert failed.first is not None
    assert failed.first.error is not None
    assert failed.found == {}
    assert missed.hit is None
    assert missed.first is not None
    assert len(missed.found) == len(missed.reported) == 2
    assert first.found == {}
    for walked in (killed, failed, missed, first):
        assert walked.resumed is not None
        assert walked.resumed.error is None
        assert uninterrupted.differences(walked.ctx) == []
        assert uninterrupted.leftovers(walked.ctx) == []


def test_a_beginning_is_copied_and_stays(tmp_path: Path) -> None:
    prepared = context(tmp_path, "prepared")
    meet(SWEEP, NOTHING, prepared, None, SECONDS)
    store = Path(prepared.options.store)
    before = sorted(store.rglob("*"))
    (walked,) = walk(SWEEP, [(NOTHING, context(tmp_path, "copy"))], store, SECONDS)
    assert walked.first is not None
    assert (walked.first.completed, walked.first.skipped) == (0, 2)
    assert sorted(store.rglob("*")) == before


def test_what_differs_and_what_is_left_is_found(tmp_path: Path) -> None:
    ctx = context(tmp_path, "whole")
    uninterrupted = run_uninterrupted(SWEEP, ctx, SECONDS)
    assert uninterrupted.differences(ctx) == uninterrupted.leftovers(ctx) == []
    store = Path(ctx.options.store)
    (store / "walked_1" / "spare.bin").write_bytes(b"x")
    (store / "some.tmp").write_bytes(b"x")
    assert "1 of some.tmp in addition to the 0 of an uninterrupted sweep" in uninterrupted.leftovers(ctx)
    record = next(store.rglob("record.json"))
    record.parent.rename(tmp_path / "taken away")
    assert any("only in the second store" in difference for difference in uninterrupted.differences(ctx))
