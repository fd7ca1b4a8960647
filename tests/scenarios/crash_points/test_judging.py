"""What counts as a defect at a point, on results that are written by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from pytest_optbench.drive.fault_walk import Walked
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.drive.uninterrupted import Uninterrupted
from pytest_optbench.stress.faults.fault import Fault
from pytest_optbench.stress.witness.witness import executing, witnessing
from pytest_optbench.target import Summary
from pytest_optbench.target.snapshot import StoredRun, StoreSnapshot
from scenarios.crash_points.judging import defects_at

IDS = ("a" * 16, "b" * 16)
RUNS = StoreSnapshot(tuple(StoredRun(run_id, "success", {"witness": f"key {run_id[0]}"}) for run_id in IDS))
DONE = Summary(total=2, completed=2)


class _Sweep:
    runs = 2


class _Same:
    """An uninterrupted sweep whose store the other one equals, but for what is said here."""

    def __init__(self, differences: tuple[str, ...] = (), leftovers: tuple[str, ...] = ()) -> None:
        self.sweep, self.content = _Sweep(), RUNS
        self._differences, self._leftovers = list(differences), list(leftovers)

    def differences(self, _: Any) -> list[str]:
        return self._differences

    def leftovers(self, _: Any) -> list[str]:
        return self._leftovers


def walked(folder: Path, **changed: Any) -> Walked:
    ctx = SweepContext(cast(Any, None), cast(Any, None), folder / "witness.jsonl", "first")
    with witnessing(ctx.witness, "first"), executing("key a"):
        pass
    sound = Walked(
        Fault("error", code="EIO"), ctx, None, DONE, "", dict.fromkeys(IDS, "success"), frozenset(IDS), DONE, ""
    )
    return replace(sound, **changed)


def judged(point: Walked, **same: tuple[str, ...]) -> list[str]:
    found = defects_at(point, cast(Uninterrupted, _Same(**same)))
    return [f"{defect.promise.id.removeprefix('crash-points.')}: {defect.text}" for defect in found]


def test_a_sound_point_has_no_defect(tmp_path: Path) -> None:
    assert judged(walked(tmp_path)) == []
    killed = walked(tmp_path, first=None, found={IDS[0]: "success", IDS[1]: "running"}, reported=frozenset(IDS[:1]))
    assert judged(killed) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"hung": "the sweep with the fault"}, ["no-hang"]),
        ({"resumed": None, "resume_end": "it raised X"}, ["resumes"]),
        ({"resumed": Summary(error="X", traceback="")}, ["resumes"]),
        ({"found": {IDS[0]: "success"}}, ["reported-is-stored", "reported-is-stored", "errors-are-shown"]),
        (
            {"found": {IDS[0]: "success", IDS[1]: "running"}, "reported": frozenset(), "first": Summary(completed=1)},
            ["errors-are-shown"],
        ),
        ({"found": {IDS[0]: "success"}, "reported": frozenset(), "first": Summary(completed=1, failed=1)}, []),
        ({"found": {}, "reported": frozenset(), "first": Summary(error="full", traceback="")}, []),
        ({"first": None, "found": {}}, ["reported-is-stored"]),
    ],
)
def test_defects(tmp_path: Path, changed: dict[str, Any], expected: list[str]) -> None:
    assert [text.partition(":")[0] for text in judged(walked(tmp_path, **changed))] == expected


def test_a_stored_success_that_is_executed_again(tmp_path: Path) -> None:
    point = walked(tmp_path)
    with witnessing(point.ctx.witness, "second"), executing("key b"):
        pass
    assert judged(point) == [f"done-is-done: run {IDS[1]} was stored as a success, and was executed again"]
    assert judged(replace(point, found={IDS[0]: "success"}, first=None, reported=frozenset())) == []


def test_every_difference_and_leftover(tmp_path: Path) -> None:
    found = judged(walked(tmp_path), differences=("one", "two"), leftovers=("a file",))
    assert [text.partition(":")[0] for text in found] == [
        "like-uninterrupted",
        "like-uninterrupted",
        "nothing-left-over",
    ]
