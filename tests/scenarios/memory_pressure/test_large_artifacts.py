"""Large artifacts are driven and measured in a child, and a lack of memory is felt there alone."""

from __future__ import annotations

import resource
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.drive.run_and_audit import audit_store
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.process.child import ResourceLimits, run_child
from pytest_optbench.target import RunOptions, load_target
from scenarios.memory_pressure.large_artifacts import (
    KINDS,
    MIB,
    LargeArtifacts,
    drive_limited,
    measure_artifacts,
    search_limited,
)

CALM = {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}


def blobs(folder: Path, *sizes: int, kind: str = "numpy") -> LargeArtifacts:
    return LargeArtifacts(str(folder / "store"), str(folder / "witness.jsonl"), "session", sizes, kind)


def driven(function: Any, *arguments: Any) -> Any:
    return run_child(function, *arguments, bounds=ResourceLimits(seconds=120), environment=CALM).value_or_raise()


@pytest.mark.parametrize("kind", KINDS)
def test_a_measured_sweep_is_sound_and_its_peak_holds_the_artifact(tmp_path: Path, kind: str) -> None:
    one = blobs(tmp_path, 2 * MIB, kind=kind)
    (told,) = driven(measure_artifacts, [asdict(one)])
    ctx = SweepContext(load_target(), RunOptions(one.store), Path(one.witness), one.session)
    assert not audit_store(one.planned_sweep(), ctx).findings
    assert told["error"] is None
    assert told["peak"] >= (2 * MIB if kind != "file" else MIB)
    assert told["left"] < MIB


def test_a_lack_of_memory_is_met_in_the_child_and_not_here(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    one = blobs(tmp_path, MIB, 256 * MIB)
    driven(drive_limited, asdict(one), 64 * MIB)
    runs = load_target().read(one.store, one.planned_sweep().experiment(load_target())).runs
    assert sorted(run.status for run in runs) == ["failed", "success"]
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_the_search_ends_below_what_there_is(tmp_path: Path) -> None:
    told = driven(search_limited, asdict(blobs(tmp_path)), 64 * MIB, 60.0)
    assert told["stopped"] == "broke"
    assert 8 <= told["value"] < 64
