"""A damaged record is reported, set aside when its run is done again, and never hides or stops anything else."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import ExperimentStore
from pytest_optbench.engine.store.record_scan import SEAL
from pytest_optbench.errors import CorruptRecordError


@metalab.operation
def square(params, capture):
    capture.metric("square", params["x"] ** 2)
    capture.artifact("both", {"x": params["x"]})


def sweep(root: Path) -> metalab.Results:
    experiment = metalab.Experiment("squares", "1", None, square, metalab.grid(x=range(5)), metalab.seeds(0, 1))
    return metalab.run(experiment, store=str(root)).result()


def records(root: Path) -> list[Path]:
    return sorted(root.rglob("record.json"))


def store(root: Path) -> ExperimentStore:
    return metalab.FileStore(root).experiment("squares:1")


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def alter(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"success"', b'"failed!"', 1))


def swap(path: Path) -> None:
    other = next(one for one in path.parents[2].rglob("record.json") if one != path)
    path.write_bytes(other.read_bytes())


def forge(path: Path) -> None:
    """Put in a metric that numpy stumbles over, under a checksum that is right."""
    columns = json.loads(path.read_bytes())
    del columns["checksum"]
    columns["metrics"] = {"square": {"$": "array", "v": ["f8,,", [1], ""]}}
    body = json.dumps(columns, separators=(",", ":"))[:-1].encode()
    path.write_bytes(body + SEAL % zlib.crc32(body))


def turn_into_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "half": halve,
    "altered": alter,
    "another run's": swap,
    "a list": lambda path: path.write_text(json.dumps([1])),
    "missing": Path.unlink,
    "a folder": turn_into_folder,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_run_is_done_again_and_the_others_are_not(tmp_path: Path, damage: str) -> None:
    sweep(tmp_path)
    stored = records(tmp_path)
    for path in stored:
        os.utime(path, (0, 0))
    victim = stored[2]
    harm: Callable[[Path], object] = DAMAGES[damage]
    harm(victim)
    results = sweep(tmp_path)
    assert [run.status for run in results] == ["success"] * 5
    assert [path for path in stored if path.stat().st_mtime] == [victim]
    assert not [problem for problem in store(tmp_path).check() if "runs" in problem.where]
    assert len(list(tmp_path.glob("*/quarantine/*"))) == 1


@pytest.mark.parametrize("damage", DAMAGES)
def test_reading_reports_it_and_goes_on(tmp_path: Path, damage: str) -> None:
    sweep(tmp_path)
    DAMAGES[damage](records(tmp_path)[2])
    opened = store(tmp_path)
    assert len(opened.list_run_records()) == 4
    assert len(opened.set_aside) == 1
    assert opened.check()


@pytest.mark.parametrize("damage", DAMAGES)
def test_results_leave_it_out_and_say_so(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    sweep(tmp_path)
    victim = records(tmp_path)[2]
    DAMAGES[damage](victim)
    results = metalab.load_results(tmp_path)
    assert len(list(results)) == len(results.table()) == len(results.successful) == 4
    assert {record.args[0] for record in caplog.records if record.args} == {victim.parent.name}
    with pytest.raises(CorruptRecordError):
        results[2]


def test_bad_content_under_a_right_checksum_stops_nothing_else(tmp_path: Path) -> None:
    sweep(tmp_path)
    victim = records(tmp_path)[2]
    forge(victim)
    assert len(sweep(tmp_path).table()) == len(metalab.load_results(tmp_path).table()) == 4
    assert [problem.kind for problem in store(tmp_path).check() if str(victim) in problem.where] == ["unreadable"]


@pytest.mark.parametrize("damage", ["half", "altered", "missing"])
def test_a_damaged_artifact_is_never_loaded(tmp_path: Path, damage: str) -> None:
    results = sweep(tmp_path)
    artifact = next(path for path in tmp_path.rglob("both.json") if results[0].run_id in str(path))
    {"half": halve, "altered": lambda path: path.write_text('{"x":7}'), "missing": Path.unlink}[damage](artifact)
    with pytest.raises(CorruptRecordError):
        results[0].artifact("both")
    assert [problem.where for problem in store(tmp_path).check()] == [str(artifact)]
