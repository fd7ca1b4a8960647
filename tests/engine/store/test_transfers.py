"""Copies of stores: each run whole, none twice, and nothing of the source is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_operations import experiment
from sqlite_store import SqliteStore
from stored_runs import contents

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import create_store, export_store, import_store, parse_to_config
from pytest_optbench.errors import InvalidInputError, StoreError

TIMEOUT = 60.0  # seconds, against a hang


@metalab.operation
def full(params: Any, capture: Any) -> None:
    """Capture something of each kind."""
    capture.log(f"a line of {params['n']}")
    for step in (3, 1):
        capture.metric("curve", 1.0 / step, step=step)
    capture.metric("big", 2**80)
    for name, value in (("array", np.arange(3)), ("a/b", {"x": 1}), ("text", "caf\u00e9"), ("bytes", b"\x00")):
        capture.artifact(name, value, metadata={"of": params["n"]})
    capture.artifact("set", {1, 2}, kind="pickle")
    capture.data("array", np.eye(2), metadata={"dim": 2})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        sweep = experiment(full, 2, name=name, metadata={"who": "me"})
        metalab.run(sweep, store=tmp_path / "from", derived_metrics={"d": lambda run: 1}).result(TIMEOUT)
    return tmp_path / "from"


def said_of(results: Any) -> list[Any]:
    """All that can be asked of runs."""
    return [
        (
            *(run.run_id, run.status, run.params, run.metrics, run.started_at, run.duration_ms, run.log, run.derived),
            [(one.name, one.kind, one.metadata) for one in run.artifacts()],
            [repr(run.artifact(one.name, allow_pickle=True)) for one in run.artifacts()],
            [(name, repr(run.data(name))) for name in run.list_data()],
            run.experiment,
        )
        for run in results
    ]


def test_a_copy_says_the_same(source: Path, tmp_path: Path) -> None:
    before, heard = contents(source), []
    counts = export_store(source, tmp_path / "to", progress_callback=lambda done, total: heard.append((done, total)))
    assert counts == {"runs": 4, "derived": 4, "logs": 4, "artifacts": 20}
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert said_of(metalab.load_results(tmp_path / "to")) == said_of(metalab.load_results(source))
    assert metalab.FileStore(tmp_path / "to").check() == []
    assert contents(source) == before
    again = metalab.run(experiment(full, 2, name="one"), store=tmp_path / "to")
    again.result(TIMEOUT)
    assert again.status.skipped == 2


def test_runs_that_are_there_are_passed_over_or_replaced(source: Path, tmp_path: Path) -> None:
    export_store(source, tmp_path / "to", experiment_id="one:1")
    assert [len(metalab.load_results(tmp_path / "to")), export_store(source, tmp_path / "to")["runs"]] == [2, 2]
    assert export_store(source, tmp_path / "to", overwrite=True)["runs"] == 4


def test_parts_may_be_left_out(source: Path, tmp_path: Path) -> None:
    how = {"include_derived": False, "include_logs": False, "include_artifacts": False}
    counts = import_store(tmp_path / "to", source, experiment_id="one:1", **how)
    assert counts == {"runs": 2, "derived": 0, "logs": 0, "artifacts": 0}
    run = metalab.load_results(tmp_path / "to")[0]
    assert (run.artifacts(), run.log, run.derived) == ([], "", {})
    assert (run.data("curve"), run.data("array").tolist()) == ([[1, 1.0], [3, 1 / 3]], [[1, 0], [0, 1]])
    assert metalab.FileStore(tmp_path / "to").check() == []


def test_stores_of_other_kinds_are_copied_too(source: Path, tmp_path: Path) -> None:
    database = SqliteStore(str(tmp_path / "runs.db"), "one:1")
    with pytest.raises(InvalidInputError, match="include_derived"):
        export_store(source, database, experiment_id="one:1")
    assert export_store(source, database, experiment_id="one:1", include_derived=False, overwrite=True)["runs"] == 2
    export_store(database, tmp_path / "back")
    read, back = (metalab.load_results(place, "one:1") for place in (source, tmp_path / "back"))
    assert [run.artifact("a/b") for run in back] == [run.artifact("a/b") for run in read]
    database.close()


def test_a_run_that_is_being_executed_is_not_replaced(source: Path, tmp_path: Path) -> None:
    target = metalab.FileStoreConfig(tmp_path / "to", "one:1").connect()
    (run_id, *_) = metalab.load_results(source, "one:1")._run_ids
    other = metalab.FileStoreConfig(tmp_path / "to", "one:1").connect()
    assert other.claim(run_id)
    with pytest.raises(StoreError, match="being executed"):
        export_store(source, target, experiment_id="one:1")
    other.close()


def test_what_is_not_there_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        export_store(tmp_path / "nowhere", tmp_path / "to")
    with pytest.raises(InvalidInputError, match="one:1, two:1"):
        export_store(source, tmp_path / "to", experiment_id="three:1")


def test_a_locator_opens_a_store(source: Path) -> None:
    assert len(create_store(str(source)).list_run_records()) == 4
    assert len(create_store(source, experiment_id="one:1").list_run_records()) == 2
    assert parse_to_config(source) == metalab.FileStoreConfig(source)
    described = parse_to_config(source, experiment_id="one:1").to_dict()
    assert metalab.StoreConfig.from_dict(described) == metalab.FileStoreConfig(source, "one:1")
    with pytest.raises(InvalidInputError, match="file"):
        metalab.StoreConfig.from_dict({**described, "_type": "tape"})
