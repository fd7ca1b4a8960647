"""Each kind of damage at each file of a store: resuming names the file, runs again what was lost, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_operations import experiment

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import ExperimentStore
from pytest_optbench.stress.faults.corruption import CORRUPTIONS

SECONDS = 60.0  # against a hang


@metalab.operation
def captures(params, capture):
    capture.metric("n", params["n"])
    capture.metric("loss", 0.5, step=params["n"])
    capture.artifact("value", {"n": params["n"]})
    capture.log(f"case {params['n']}")


def sweep(root: Path) -> metalab.RunHandle:
    handle = metalab.run(experiment(captures, 3), store=root, resume="verify")
    handle.result(SECONDS)
    return handle


def damaged(root: Path, file: str, damage: str) -> tuple[set[Path], metalab.RunHandle, set[Path]]:
    """Damage a file of a finished store and resume: what changed, the sweep, and the folders of the runs done again."""
    sweep(root)
    first, second, *_ = sorted(root.rglob(file)) * 2
    before = {path: path.stat().st_ino for path in root.rglob("record.json")}
    contents = {path: path.read_bytes() for path in (first, second)}
    CORRUPTIONS[damage](first, second)
    changed = {path for path in (first, second) if not path.exists() or path.read_bytes() != contents[path]}
    handle = sweep(root)
    assert handle.status.completed + handle.status.skipped == 3
    assert isinstance(handle.store, ExperimentStore)
    assert handle.store.check() == []
    assert [run.status for run in handle.result()] == ["success"] * 3
    return changed, handle, {path.parent for path, inode in before.items() if path.stat().st_ino != inode}


@pytest.mark.parametrize("damage", CORRUPTIONS)
@pytest.mark.parametrize("file", ["record.json", "value.json", "series.npz", "log.txt"])
def test_a_file_of_a_run_is_named_and_its_run_done_again(tmp_path: Path, file: str, damage: str) -> None:
    changed, handle, again = damaged(tmp_path, file, damage)
    assert again == {path.parent for path in changed}
    named = " ".join(handle.problems)
    assert all(path.parent.name in named for path in changed), named


@pytest.mark.parametrize("damage", [damage for damage in CORRUPTIONS if "another" not in damage])
@pytest.mark.parametrize("file", ["store.json", "claims.lock", "experiment.json"])
def test_a_file_of_the_store_costs_no_run(tmp_path: Path, file: str, damage: str) -> None:
    changed, handle, again = damaged(tmp_path, file, damage)
    assert again == set()
    reported = file == "store.json" and bool(changed) and damage != "lost"  # of the others nothing is needed
    assert ("store.json" in " ".join(handle.problems)) == reported
