"""What a sweep is said to store is what it stores, to within a factor of two."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.benchmark.estimate import (
    BLOCK,
    PAYLOADS,
    StoredSize,
    estimate,
    estimate_stored,
    explain,
    explain_runs,
)
from pytest_optbench.benchmark.sweep import Sweep
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.errors import InvalidInputError, UnknownNameError
from pytest_optbench.target import RunOptions, load_target
from pytest_optbench.workloads.basic import noop
from pytest_optbench.workloads.payload import payload
from scenarios.memory_pressure.large_artifacts import MIB, LargeArtifacts


def lies_in(folder: Path) -> StoredSize:
    """What really lies in a folder; a folder takes a block on any disk."""
    files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    folders = sum(path.is_dir() for path in folder.rglob("*"))
    blocks = sum(math.ceil(size / BLOCK) for size in files)
    return StoredSize(sum(files), len(files), BLOCK * (blocks + folders))


def assert_near(said: StoredSize, found: StoredSize, factor: float = 2.0) -> None:
    pairs = ((said.content, found.content), (said.files, found.files), (said.on_disk, found.on_disk))
    assert all(found / factor <= said <= found * factor for said, found in pairs), (said, found)


def driven(planned_sweep: Any, folder: Path) -> StoredSize:
    target = load_target()
    target.run(planned_sweep.experiment(target), RunOptions(str(folder)))
    return lies_in(folder)


TRIALS = {
    "noop": PlannedSweep("noop", noop, [{"n": n} for n in range(40)]),
    "payload": PlannedSweep("payload", payload, [{"n": n} for n in range(20)]),
    "optbench": Sweep.of_intensity("light"),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_each_payload_takes_what_its_table_says(name: str, tmp_path: Path) -> None:
    found = driven(TRIALS[name], tmp_path / "store")
    assert_near(estimate_stored(TRIALS[name].runs, [PAYLOADS[name]]), found, 1.25)


@pytest.mark.parametrize("intensity", ["light", "medium", "heavy", "extreme"])
def test_a_sweep_of_the_benchmark_takes_what_its_estimate_says(intensity: str, tmp_path: Path) -> None:
    drawn = Sweep.of_intensity(intensity).random_slice(0, 8)
    short = replace(drawn, replicates=1)
    assert_near(estimate(short).stored, driven(short, tmp_path / "store"))
    assert f"{estimate(short).stored}" in explain(short)


def test_an_artifact_is_a_file_more(tmp_path: Path) -> None:
    blobs = LargeArtifacts(str(tmp_path / "store"), str(tmp_path / "witness.jsonl"), "session", [MIB] * 3)
    blobs.run()
    found = lies_in(tmp_path / "store")
    assert_near(estimate_stored(3, [(*PAYLOADS["noop"], MIB)]), found)
    assert explain_runs(3, artifact=MIB) == "3 runs store about 3.15 MB in 9 files, 3.2 MB on disk in blocks of 4 KiB"


def test_every_store_has_files_of_its_own(tmp_path: Path) -> None:
    for number in range(5):
        driven(PlannedSweep(f"one-{number}", noop, [{"n": 0}]), tmp_path / f"store-{number}")
    assert_near(estimate_stored(5, [PAYLOADS["noop"]], stores=5), lies_in(tmp_path))
    assert "5 runs store about 6.59 kB in 20 files" in explain_runs(5, stores=5)


def test_what_is_no_payload_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="choose one of noop, optbench, payload"):
        explain_runs(3, "nop")
    with pytest.raises(InvalidInputError, match="-1 runs"):
        explain_runs(-1)
