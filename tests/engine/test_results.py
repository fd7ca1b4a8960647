"""Results: reading back in linear time, tables in which nothing replaces anything else, and files of them."""

from __future__ import annotations

import csv
import dataclasses
import enum
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_operations import experiment, fated, noop, square, telling

import pytest_optbench.engine as metalab
from pytest_optbench.engine.model.records import Artifact
from pytest_optbench.engine.results.table import RECORD_COLUMNS
from pytest_optbench.errors import InvalidInputError, StoreError, UnknownNameError, UnknownRunError
from pytest_optbench.stress.measure.measure import count_calls

TIMEOUT = 60.0  # seconds, against a hang
TAKEN = ("status", "run_id", "duration_ms", "error", "n", "param.n", "metric.status")  # as a record's or a parameter


@metalab.operation
def named_like_columns(params: Any, capture: Any) -> None:
    """Capture metrics under names that the record or the parameters have."""
    capture.log_metrics(dict.fromkeys(TAKEN, "metric"))


@metalab.operation
def different(params: Any, capture: Any) -> None:
    """Capture a metric that no other run has."""
    capture.metric(f"only{params['n']}", params["n"])


@metalab.operation
def odd_values(capture: Any) -> None:
    """Capture what a table might take apart or lose."""
    odd = {"list": [1, 2], "dict": {"a": 1}, "nan": math.nan, "inf": math.inf, "none": None, "text": 'x,y\n"z"'}
    capture.log_metrics(odd)


def swept(path: Path, operation: Any, runs: int = 5, **parts: Any) -> Any:
    return metalab.run(experiment(operation, runs, **parts), store=path).result(TIMEOUT)


@pytest.fixture
def results(tmp_path: Path, witness: Path) -> Any:
    """Five runs, of which the second and the fourth fail."""
    cases = [{"n": n, "fate": "error" if n % 2 else "well"} for n in range(5)]
    return metalab.run(experiment(fated, cases), store=tmp_path / "s").result(TIMEOUT)


def test_results_are_a_sequence(results: Any) -> None:
    assert len(results) == 5
    assert [run.params["n"] for run in results] == list(range(5))
    assert results[1].params["n"] == 1
    assert results[-1].params["n"] == 4
    assert [run.params["n"] for run in results[1:4:2]] == [1, 3]
    assert [run.params["n"] for run in results[::-1]] == [4, 3, 2, 1, 0]
    with pytest.raises(IndexError):
        results[5]


def test_results_by_status(results: Any) -> None:
    assert [run.params["n"] for run in results.successful] == [0, 2, 4]
    assert [run.params["n"] for run in results.failed] == [1, 3]
    assert {run.error["type"] for run in results.failed} == {"ValueError"}
    assert {run.error for run in results.successful} == {None}
    summary = results.summary()
    assert (summary["total"], summary["success"], summary["failed"]) == (5, 3, 2)
    assert summary["duration_ms"] == pytest.approx(sum(run.duration_ms for run in results))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"n": 3}, [3]),
        ({"status": "failed"}, [1, 3]),
        ({"fate": "well", "n": 2}, [2]),
        ({"fate": "well", "n": 1}, []),
        ({"param.n": 0}, [0]),
        ({"metric.n": 4}, [4]),
        ({}, [0, 1, 2, 3, 4]),
    ],
)
def test_filtering_by_value(results: Any, wanted: dict[str, Any], found: list[int]) -> None:
    assert [run.params["n"] for run in results.filter(**wanted)] == found


class Kind(enum.Enum):
    A = 1
    B = 2


@dataclasses.dataclass(frozen=True)
class Shape:
    kind: Kind
    size: tuple[int, ...]


GIVEN = [
    [Kind.A, Kind.B],
    [np.arange(3), np.arange(2)],
    [np.zeros(0), np.zeros((0, 2))],
    [Shape(Kind.A, (1, 2)), Shape(Kind.A, (1, 3))],
    [{"a": [np.arange(3)]}, {"a": [np.arange(3.0)]}],
]


@pytest.mark.parametrize("values", GIVEN, ids=["enum", "array", "empty", "dataclass", "nested"])
def test_filtering_by_a_value_as_it_was_given(tmp_path: Path, values: list[Any]) -> None:
    results = metalab.run(experiment(noop, [{"n": value} for value in values]), store=tmp_path).result(TIMEOUT)
    for position, value in enumerate(values):
        assert [run.run_id for run in results.filter(n=value)] == [results[position].run_id]


def test_filtering_by_a_function(results: Any) -> None:
    assert [run.params["n"] for run in results.filter(lambda run: run.params["n"] > 2, status="success")] == [4]


@pytest.mark.parametrize("wanted", [{"nothing": 1}, {"status": "sucess"}])
def test_filtering_by_what_there_is_not_is_refused(results: Any, wanted: dict[str, Any]) -> None:
    with pytest.raises(UnknownNameError, match=r"choose one of .*(status|success)"):
        results.filter(**wanted)


def test_a_run_gives_back_all_it_captured(tmp_path: Path) -> None:
    run = swept(tmp_path, telling, 1)[0]
    assert run.metrics == {"n": 0, "status": "mine"}
    assert [isinstance(one, Artifact) for one in run.artifacts()] == [True, True]
    assert [(one.name, one.kind) for one in run.artifacts()] == [("summary", "json"), ("report", "text")]
    assert run.artifact("summary") == {"n": 0}
    assert run.artifacts()[0].uri == str(next(tmp_path.rglob("summary.json")))
    assert (run.list_data(), run.data("loss")) == (["loss"], [[3, 1.5], [4, 0.5]])
    assert run.artifact("report") == "a text"
    steps, values = run.series("loss")
    assert (steps.tolist(), values.tolist()) == ([3, 4], [1.5, 0.5])
    assert run.log.endswith("INFO run 0 logs\n")
    assert run.duration_ms == run.record.duration_ms > 0
    for ask in (run.artifact, run.data, run.series):
        with pytest.raises(UnknownNameError, match="nothing"):
            ask("nothing")


def test_no_metric_or_parameter_replaces_a_column(tmp_path: Path) -> None:
    (run,) = swept(tmp_path, named_like_columns, params=metalab.manual([{"n": 1, "status": "param"}]))
    (row,) = metalab.load_results(tmp_path).table()
    assert [row[name] for name in RECORD_COLUMNS[:3]] == [run.run_id, "sample:1", "success"]
    assert (row["error"], row["duration_ms"]) == (None, run.duration_ms)
    assert (row["n"], row["param.status"]) == (1, "param")
    assert sorted(row.values(), key=repr).count("metric") == len(TAKEN)
    assert len(row) == len(RECORD_COLUMNS) + 2 + len(TAKEN)


def test_a_table_has_a_cell_for_every_run_and_name(tmp_path: Path) -> None:
    rows = swept(tmp_path, different, 4).table()
    assert len({tuple(row) for row in rows}) == 1
    assert [[row[f"only{n}"] for n in range(4)] for row in rows] == [
        [n if n == run else None for n in range(4)] for run in range(4)
    ]


@pytest.mark.parametrize(
    ("ask", "column"),
    [(lambda results: results.to_dataframe(), "param_n"), (lambda results: results.table(True), "n")],
)
def test_as_a_data_frame(results: Any, ask: Callable[[Any], Any], column: str) -> None:
    pandas = pytest.importorskip("pandas")
    frame = ask(results)
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame[column]) == [0, 1, 2, 3, 4]
    assert list(frame["run_id"]) == [run.run_id for run in results]
    assert frame[column].dtype.kind == "i"
    assert frame["duration_ms"].dtype.kind == "f"
    assert str(frame["started_at"].dt.tz) == "UTC"


def test_a_data_frame_takes_no_cell_apart(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    frame = swept(tmp_path, odd_values, 1).to_dataframe()
    row = frame.iloc[0]
    assert (row["list"], row["dict"], row["none"]) == ([1, 2], {"a": 1}, None)
    assert np.isnan(row["nan"])
    assert np.isinf(row["inf"])


def test_without_pandas_a_data_frame_is_refused(results: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pandas"):
        results.to_dataframe()


def test_as_csv(results: Any, tmp_path: Path) -> None:
    results.to_csv(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["n"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert [row["status"] for row in rows] == ["success", "failed"] * 2 + ["success"]
    assert "as planned" in rows[1]["error"]


def test_csv_survives_commas_and_lines(tmp_path: Path) -> None:
    swept(tmp_path / "s", odd_values, 1).to_csv(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="", encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert row["text"] == 'x,y\n"z"'


def test_csv_carries_every_name_and_number(tmp_path: Path) -> None:
    cases = [{"n": 1, "file": "caf\udce9.csv"}, {"n": 10**5000, "file": [10**5000]}]
    metalab.run(experiment(noop, cases), store=tmp_path / "s").result(TIMEOUT).to_csv(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["n"] for row in rows] == ["1", hex(10**5000)]
    assert [row["file"] for row in rows] == [r"caf\udce9.csv", "<unprintable list>"]


def test_loading_finds_what_run_wrote(tmp_path: Path) -> None:
    written = [swept(tmp_path, square, name=name) for name in ("first", "second")]
    for name, results in zip(("first", "second"), written, strict=True):
        loaded = metalab.load_results(tmp_path, f"{name}:1")
        assert {run.run_id: run.record for run in loaded} == {run.run_id: run.record for run in results}
    assert len(metalab.load_results(tmp_path)) == 10
    assert len(metalab.load_results(str(tmp_path))) == 10
    scoped = metalab.FileStoreConfig(root=tmp_path, experiment_id="first:1")
    assert {run.record.experiment_id for run in metalab.load_results(scoped)} == {"first:1"}
    assert {run.record.experiment_id for run in metalab.load_results(scoped.connect())} == {"first:1"}


def test_loading_what_is_not_there_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        metalab.load_results(tmp_path / "none")
    swept(tmp_path / "s", noop, 1)
    with pytest.raises(InvalidInputError, match="sample:1"):
        metalab.load_results(tmp_path / "s", "another:1")
    assert [one.name for one in tmp_path.iterdir()] == ["s"]


def test_an_attempt_at_reading_sees_later_runs_of_the_same_plan_only_if_asked_again(tmp_path: Path) -> None:
    first = swept(tmp_path, square, 2)
    swept(tmp_path, square, 4)
    assert len(first) == 2
    assert len(metalab.load_results(tmp_path)) == 4


READINGS: dict[str, Callable[[Any], object]] = {
    "iterate": list,
    "table": lambda results: results.table(),
    "filter": lambda results: results.filter(status="failed"),
    "summary": lambda results: results.summary(),
}


@pytest.mark.parametrize("reading", READINGS)
def test_a_run_that_was_deleted_meanwhile_is_left_out(
    tmp_path: Path, reading: str, caplog: pytest.LogCaptureFixture
) -> None:
    results = swept(tmp_path, square, 3)
    gone = results[1].run_id
    metalab.FileStore(tmp_path).delete_run(gone)
    READINGS[reading](results)
    assert gone not in [run.run_id for run in results]
    assert [len(results.table()), results.summary()["success"]] == [2, 2]
    assert not caplog.records
    with pytest.raises(UnknownRunError, match=gone):
        results[1]


@pytest.mark.parametrize("reading", READINGS)
def test_reading_costs_the_same_for_every_run(tmp_path: Path, reading: str) -> None:
    small, large = (swept(tmp_path / str(runs), square, runs) for runs in (50, 400))
    read = READINGS[reading]
    read(small)  # imports and caches
    few, many = count_calls(read, small), count_calls(read, large)
    assert few > 50, "nothing was read"
    assert many / few < 8 * 1.1


def test_the_status_costs_the_same_at_any_size(tmp_path: Path) -> None:
    few, many = (
        metalab.run(experiment(noop, [], params=metalab.grid(n=range(runs))), store=tmp_path / str(runs))
        for runs in (1, 300)
    )
    for handle in (few, many):
        handle.result(TIMEOUT)
    assert count_calls(lambda: many.status) == count_calls(lambda: few.status)
