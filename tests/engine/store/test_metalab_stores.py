"""Stores of metalab: read in every way, wherever they are now, and byte for byte as they were afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_operations import experiment, noop
from stored_runs import contents

import pytest_optbench.engine as metalab
from pytest_optbench.errors import (
    CorruptRecordError,
    InvalidInputError,
    StoreError,
    UnknownArtifactError,
    UnknownDataError,
)
from scenarios.moved_stores.written_by_metalab import ARRAYS, RUNS, first, today

ID = "foreign:1"
SWEEP = experiment(noop, 2, name="foreign")


def read_all(root: Any) -> None:
    """Read a store in every way there is."""
    results = metalab.load_results(root)
    assert len(results) == 3
    for run in results:
        for artifact in run.artifacts():
            run.artifact(artifact.name)
        for name in run.list_data():
            run.data(name)
        assert (run.log, run.derived, run.experiment, run.status) is not None
    results.table(), results.summary(), results.filter(status="success")
    results.to_dataframe(include_derived=True)


WRITES: dict[str, Callable[[Path], Any]] = {
    "run": lambda root: metalab.run(SWEEP, store=root).result(),
    "run into it": lambda root: metalab.run(SWEEP, store=next(root.rglob("_meta.json")).parent).result(),
    "run anew": lambda root: metalab.run(SWEEP, store=root, resume=False),
    "derive": lambda root: metalab.load_results(root).compute_derived([len], overwrite=True),
    "delete": lambda root: metalab.FileStore(root).delete_run(RUNS[0]),
    "export into it": lambda root: metalab.store.export_store(root.parent / "ours", root),
    "manifest": lambda root: metalab.FileStoreConfig(root, ID).connect(),
}


@pytest.mark.parametrize("make", [today, first], ids=lambda make: make.__name__)
@pytest.mark.parametrize("use", [read_all, *WRITES.values()], ids=["read", *WRITES])
def test_whatever_is_done_with_a_store_it_is_as_it_was(tmp_path: Path, make: Any, use: Any) -> None:
    root = tmp_path / "a store"
    make(root)
    metalab.run(SWEEP, store=tmp_path / "ours").result()
    before = contents(root)
    if use is read_all:
        use(root)
    else:
        with pytest.raises(StoreError):
            use(root)
    assert contents(root) == before


def test_a_run_of_today_is_read_whole(tmp_path: Path) -> None:
    place = today(tmp_path)
    for root in (tmp_path, place, str(place), metalab.FileStoreConfig(root=tmp_path), metalab.FileStore(tmp_path)):
        assert [run.run_id for run in metalab.load_results(root)] == sorted(RUNS)
    run = metalab.load_results(tmp_path, ID)[0]
    assert (run.status, run.params, run.experiment_id) == ("success", {"n": 0}, ID)
    assert (run.metrics["loss"], run.metrics["big"], run.metrics["name"]) == (0.5, 2**53 + 1, "text")
    assert run.started_at == datetime.fromisoformat("2026-01-02T03:04:05.000006").astimezone(UTC)
    assert (run.duration_ms, run.record.provenance.code_hash, run.record.provenance.host) == (1000.0, "abc", "there")
    assert [(one.name, one.kind, one.metadata) for one in run.artifacts()] == [
        *(("array", "numpy", {"of": 1}), ("both", "numpy", {"of": 1}), ("summary", "json", {"of": 1})),
        *(("plot", "image", {"of": 1}), ("sub/part", "file", {"of": 1})),
    ]
    np.testing.assert_array_equal(run.artifact("array"), ARRAYS["array"])
    assert [array.tolist() for array in run.artifact("both").values()] == [[[1, 0], [0, 1]], []]
    assert (run.artifact("summary"), run.artifact("plot")) == ({"of": "summary"}, b"the image plot")
    assert run.artifact("sub/part") == b"the file sub/part"
    assert Path(run.artifacts()[3].uri).read_bytes() == b"the image plot"
    assert run.list_data() == ["curve", "matrix", "odd"]
    np.testing.assert_array_equal(run.data("matrix"), np.eye(2))
    assert (run.data("odd"), run.derived) == ([[0, "warm"], [1, None]], {"final": 0.25})
    assert [column.tolist() for column in run.series("curve")] == [[0, 1], [1.0, 0.5]]
    assert (run.experiment.description, run.experiment.metadata) == ("as of 20260102_000000", {"who": "me"})
    assert run.log.endswith("a line\n")
    assert (run.store.get_log(RUNS[0]), run.store.list_logs(RUNS[0])) == (run.log, ["run"])
    for ask, error in ((run.artifact, UnknownArtifactError), (run.data, UnknownDataError)):
        with pytest.raises(error, match="nothing"):
            ask("nothing")


def test_its_failed_and_running_runs_are_read(tmp_path: Path) -> None:
    today(tmp_path)
    results = metalab.load_results(tmp_path)
    assert results.summary()["by_status"] == {"success": 1, "failed": 1, "running": 1}
    (failed,) = results.failed
    assert (failed.error["message"], failed.artifacts(), failed.list_data(), failed.derived) == (
        "as planned",
        [],
        [],
        {},
    )


def test_the_first_release_is_read_experiment_by_experiment(tmp_path: Path) -> None:
    first(tmp_path)
    assert [len(metalab.load_results(tmp_path, name)) for name in ("one:1", "two:1")] == [2, 1]
    run = metalab.load_results(tmp_path, "two:1")[0]
    assert (run.params, run.artifact("summary"), run.log) == ({}, {"of": "summary"}, f"of {run.run_id}\n")


def test_results_of_ours_and_of_metalab_are_read_together(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    metalab.run(experiment(noop, 2), store=tmp_path).result()
    today(tmp_path)
    assert len(metalab.load_results(tmp_path)) == 5
    assert caplog.records == []


def test_an_experiment_that_it_does_not_hold_is_refused_by_name(tmp_path: Path) -> None:
    today(tmp_path)
    with pytest.raises(InvalidInputError, match=r"foreign:1"):
        metalab.load_results(tmp_path, "other:1")


@pytest.mark.parametrize(
    "uri", ["../../../secret.json", "/etc/passwd", "artifacts/{run}/../../secret.json", "x/artifacts/{run}/", ""]
)
def test_no_path_in_a_record_leads_out_of_the_folder_of_its_run(tmp_path: Path, uri: str) -> None:
    place = today(tmp_path / "s")
    (tmp_path / "s" / "secret.json").write_text("1")
    path = place / "runs" / f"{RUNS[0]}.json"
    said = json.loads(path.read_text())
    said["artifacts"][2]["uri"] = uri.format(run=RUNS[0])
    path.write_text(json.dumps(said))
    with pytest.raises(CorruptRecordError):
        metalab.load_results(tmp_path / "s")[0].artifact("summary")


@pytest.mark.parametrize("part", ["file", "folder"])
def test_no_link_is_followed(tmp_path: Path, part: str) -> None:
    place = today(tmp_path / "s")
    linked = place / "artifacts" / RUNS[0] / "summary.json"
    linked = linked.parent if part == "folder" else linked
    linked.rename(tmp_path / "elsewhere")
    linked.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CorruptRecordError, match="summary"):
        metalab.load_results(tmp_path / "s")[0].artifact("summary")


@pytest.mark.parametrize("damage", [b"", b"longer than it was, by far, and quite another", b'{\n  "of": "SUMMARY"\n}'])
def test_damage_is_named(tmp_path: Path, damage: bytes) -> None:
    (today(tmp_path) / "artifacts" / RUNS[0] / "summary.json").write_bytes(damage)
    with pytest.raises(CorruptRecordError, match="summary"):
        metalab.load_results(tmp_path)[0].artifact("summary")


def test_a_damaged_record_is_reported_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    place = today(tmp_path)
    (place / "runs" / f"{RUNS[1]}.json").write_text("{")
    (place / "runs" / f"{RUNS[2]}.json").write_text(json.dumps({"experiment_id": ID, "run_id": RUNS[2]}))
    assert [run.run_id for run in metalab.load_results(tmp_path)] == [RUNS[0]]
    assert all(run_id in caplog.text for run_id in RUNS[1:])


SCRIPT = """
import sys, metalab, numpy as np

@metalab.operation
def work(params, capture):
    capture.log("a line")
    capture.metric("n", params["n"])
    for step in (1, 0):
        capture.metric("curve", 1.0 / (step + 1), step=step)
    capture.artifact("array", np.arange(3.0))
    capture.data("matrix", np.eye(2))

if __name__ == "__main__":
    sweep = metalab.Experiment(name="real", version="1", context={}, operation=work, params=metalab.grid(n=[1, 2]),
                               seeds=metalab.seeds(base=1), metadata={"who": "me"})
    metalab.run(sweep, store=sys.argv[1], verbose=False).result()
"""


def test_what_an_installed_metalab_wrote_is_read(tmp_path: Path) -> None:
    pytest.importorskip("metalab")
    (tmp_path / "script.py").write_text(SCRIPT)
    subprocess.run([sys.executable, "script.py", str(tmp_path / "there")], cwd=tmp_path, check=True, timeout=120)
    (tmp_path / "there").rename(tmp_path / "here")
    before = contents(tmp_path / "here")
    (run,) = metalab.load_results(tmp_path / "here", "real:1").filter(n=2)
    assert (run.params, dict(run.metrics), run.data("curve")) == ({"n": 2}, {"n": 2}, [[0, 1.0], [1, 0.5]])
    assert (run.artifact("array").tolist(), run.data("matrix").tolist()) == ([0, 1, 2], [[1, 0], [0, 1]])
    assert (run.experiment.metadata, "a line" in run.log) == ({"who": "me"}, True)
    assert contents(tmp_path / "here") == before
