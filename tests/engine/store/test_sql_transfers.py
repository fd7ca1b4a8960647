"""Runs go from any kind of store to any other, whole and compared, and a transfer goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_operations import experiment
from sql_stores import new_database

import pytest_optbench.engine as metalab
from pytest_optbench.engine.store import open_store, transfer
from pytest_optbench.engine.store.verify import difference_between
from pytest_optbench.errors import StoreError

KINDS = ("files", "sqlite", "postgresql")


@metalab.operation
def full(params: Any, capture: Any) -> None:
    """Capture something of each kind."""
    capture.log(f"a line of {params['n']}")
    for step in (3, 1):
        capture.metric("curve", 1.0 / step, step=step)
    capture.metric("big", 2**80)
    capture.artifact("array", np.arange(100_000) + params["n"], metadata={"of": params["n"]})
    capture.artifact("a/b", {"x": (1, float("nan"))})
    capture.data("array", np.eye(2), metadata={"dim": 2})
    if params["n"] == 1:
        raise ValueError("one")


def place(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    return str(tmp_path / "folder") if kind == "files" else new_database(kind, tmp_path, request)


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_every_kind_to_every_kind(source: str, target: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "to").mkdir()
    start, end = place(source, tmp_path, request), place(target, tmp_path / "to", request)
    sweep = experiment(full, 3, name="one", metadata={"who": "me"})
    metalab.run(sweep, store=start, derived_metrics={"d": lambda run: 1}).result(60)
    heard: list[tuple[int, int]] = []
    assert transfer(start, end, progress_callback=lambda *far: heard.append(far)) == {"copied": 3, "present": 0}
    assert heard == [(1, 3), (2, 3), (3, 3)]
    parts = [open_store(one, "one:1", create=False) for one in (start, end)]
    assert [difference_between(*parts, run_id) for run_id in parts[0].run_ids()] == [None] * 3
    assert [part.get_experiment_manifest("one:1")["metadata"] for part in parts] == [{"who": "me"}] * 2
    assert parts[1].check() == []
    again = metalab.run(sweep, store=end)
    again.result(60)
    assert (again.status.skipped, again.status.failed) == (2, 1)
    assert transfer(start, end) == {"copied": 1, "present": 2}  # the failure was tried again there


@pytest.fixture
def both(tmp_path: Path) -> tuple[Any, str]:
    metalab.run(experiment(full, 3, name="one"), store=tmp_path / "from").result(60)
    return open_store(tmp_path / "from", "one:1"), f"sqlite:///{tmp_path}/to.db"


def test_a_transfer_that_was_stopped_goes_on(both: tuple[Any, str]) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer(*both, progress_callback=stop)
    assert transfer(*both) == {"copied": 1, "present": 2}


def test_what_does_not_come_back_is_refused(both: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from pytest_optbench.engine.store.sql.store import SqlExperimentStore

    monkeypatch.setattr(SqlExperimentStore, "log", lambda self, run_id: "another line")
    with pytest.raises(StoreError, match="its log is not given back"):
        transfer(*both)


def test_a_run_that_is_being_executed_is_left(both: tuple[Any, str]) -> None:
    source, locator = both
    target = open_store(locator, "one:1")
    assert target.claim(next(source.run_ids()))
    with pytest.raises(StoreError, match="being executed"):
        transfer(source, locator)
    target.close()
