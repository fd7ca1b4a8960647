"""Tables by columns: the same as from records, also where runs have different names, or damage."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sql_stores import new_database, opened
from sqlalchemy import update
from stored_runs import record

import pytest_optbench.engine as metalab
from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.results.frame import data_frame, parts_of
from pytest_optbench.engine.store.sql import columns
from pytest_optbench.engine.store.sql.tables import RUNS

ALL = {"include_params": True, "include_metrics": True, "include_record": True}
VALUES: list[dict[str, Any]] = [
    {"params_resolved": {"x": 1, "status": "mine"}, "metrics": {"y": 0.5, "x": float("nan")}},
    {"params_resolved": {"x": 2**70}, "metrics": {"z": (1, 2)}, "status": Status.FAILED},
    {"params_resolved": {}, "metrics": {}, "error": {"type": "ValueError", "message": "no", "traceback": ""}},
    {"metadata": {"case_id": "grid:3", "replicate_index": 2}, "metrics": {"y": 1.0, "x": 2}},
    {"started_at": datetime.now(timezone(timedelta(hours=2))), "finished_at": datetime.now(UTC)},
]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    found = opened(new_database(request.param, tmp_path, request))
    for number, values in enumerate(VALUES):
        run_id = f"{number:032x}"
        assert found.claim(run_id)
        members = vars(record(found, run_id)) | values
        found.publish(found.draft(run_id), type(record(found, run_id))(**members))
        found.release(run_id)
    yield found
    found.close()


def by_records(results: metalab.Results, **kinds: bool) -> pd.DataFrame:
    return data_frame(results, parts_of(include_derived=False, derived={}, reducers={}, **kinds))


@pytest.mark.parametrize("piece", [1, 2, 100])
def test_the_table_is_that_of_the_records(store: Any, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "PIECE", piece)
    results = metalab.load_results(store)
    assert len(results) == len(VALUES)
    pd.testing.assert_frame_equal(results.to_dataframe(), by_records(results, **ALL))
    for left_out in ALL:
        kinds = {**ALL, left_out: False}
        pd.testing.assert_frame_equal(results.to_dataframe(**kinds), by_records(results, **kinds))
    some = results[1:4]
    pd.testing.assert_frame_equal(some.to_dataframe(), by_records(some, **ALL))
    backwards = results[::-1]
    pd.testing.assert_frame_equal(backwards.to_dataframe(), by_records(backwards, **ALL))


def test_what_was_altered_is_left_out(store: Any, caplog: pytest.LogCaptureFixture) -> None:
    first = RUNS.c.run_id == bytes(16)
    store.database.write("alter", lambda connection: connection.execute(update(RUNS).where(first).values(params="{}")))
    with caplog.at_level(logging.WARNING):
        table = metalab.load_results(store).to_dataframe()
    assert len(table) == len(VALUES) - 1
    assert "00000000000000000000000000000000 is left out: its checksum" in caplog.text
