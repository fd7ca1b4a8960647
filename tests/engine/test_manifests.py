"""Manifests of experiments: what a store knows of one besides its runs, as it was last run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_operations import experiment, noop

import pytest_optbench.engine as metalab
from pytest_optbench.errors import StoreError

TIMEOUT = 60.0  # seconds, against a hang


def swept(path: Path, **parts: Any) -> Any:
    return metalab.run(experiment(noop, 2, **parts), store=path).result(TIMEOUT)


def manifest_in(path: Path) -> Path:
    return path / "sample_1" / "experiment.json"


def test_a_run_knows_its_experiment(tmp_path: Path) -> None:
    swept(tmp_path, description="about it", tags=["a", "b"], metadata={"groups": ["x"], "n": 3})
    about = metalab.load_results(tmp_path)[0].experiment
    assert (about.experiment_id, about.name, about.version) == ("sample:1", "sample", "1")
    assert (about.description, about.tags, about.metadata) == ("about it", ["a", "b"], {"groups": ["x"], "n": 3})
    said = metalab.FileStore(tmp_path).get_experiment_manifest("sample:1")
    assert said is not None
    assert (said["total_runs"], said["params"]["total_cases"], said["operation"]["name"]) == (2, 2, "noop")
    assert metalab.FileStore(tmp_path).check() == []


def test_the_last_one_counts_and_the_same_is_not_written_again(tmp_path: Path) -> None:
    swept(tmp_path, metadata={"take": 1})
    before = manifest_in(tmp_path).stat().st_mtime_ns
    swept(tmp_path, metadata={"take": 1})
    assert manifest_in(tmp_path).stat().st_mtime_ns == before
    swept(tmp_path, metadata={"take": 2})
    assert metalab.load_results(tmp_path)[0].experiment.metadata == {"take": 2}


def test_without_one_only_the_id_is_known(tmp_path: Path) -> None:
    results = swept(tmp_path, description="gone")
    manifest_in(tmp_path).unlink()
    about = results[0].experiment
    assert (about.name, about.version, about.description, dict(about.metadata)) == ("sample", "1", "", {})


@pytest.mark.parametrize("metadata", [{"a": np.arange(3), "f": print}, {"set": {1, 2}}], ids=["objects", "set"])
def test_metadata_of_any_kind_keep_nothing_from_running(tmp_path: Path, metadata: dict[str, Any]) -> None:
    for _ in range(2):
        assert len(swept(tmp_path, metadata=metadata).successful) == 2
    assert set(metalab.load_results(tmp_path)[0].experiment.metadata) == set(metadata)


def test_metadata_that_no_file_can_hold_are_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert len(swept(tmp_path, metadata={"circle": circle}).successful) == 2
    assert "metadata cannot be kept" in caplog.text
    assert metalab.load_results(tmp_path)[0].experiment.metadata == {}


def test_a_damaged_one_is_named(tmp_path: Path) -> None:
    results = swept(tmp_path)
    manifest_in(tmp_path).write_text("{")
    with pytest.raises(StoreError, match=r"experiment\.json cannot be read"):
        _ = results[0].experiment
    assert swept(tmp_path, description="anew")[0].experiment.description == "anew"
