"""Results as data frames: the columns that are asked for, and no number, name or cell that is lost on the way."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment

import pytest_optbench.engine as metalab

pandas = pytest.importorskip("pandas")
TIMEOUT = 60.0  # seconds, against a hang
LARGE = 2**53 + 1


@metalab.operation
def given(params: Any, capture: Any) -> None:
    """Capture the metrics that the case names, and an artifact where it says so."""
    capture.log_metrics(params["metrics"])
    if "artifact" in params:
        capture.artifact("numbers", params["artifact"])


def frame_of(path: Path, cases: list[dict[str, Any]], **how: Any) -> Any:
    results = metalab.run(experiment(given, cases), store=path).result(TIMEOUT)
    return results.to_dataframe(**how)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([LARGE, 1], "int64"),
        ([LARGE, None], "Int64"),
        ([-(2**63), None, 2**63 - 1], "Int64"),
        ([2**80, None], "object"),
        ([True, None], "object"),
        ([1, 0.5, None], "float64"),
        ([LARGE, 0.5, None], "object"),
        ([0.5, None], "float64"),
        ([[1], None], "object"),
    ],
    ids=repr,
)
def test_values_stay_what_they_are_where_another_run_lacks_them(tmp_path: Path, values: Any, dtype: str) -> None:
    cases = [{"n": n, "metrics": {} if value is None else {"x": value}} for n, value in enumerate(values)]
    column = frame_of(tmp_path, cases)["x"]
    assert str(column.dtype) == dtype
    found = [None if cell is None or cell is pandas.NA or cell != cell else cell for cell in column.tolist()]
    assert found == values
    if dtype != "float64":
        assert [type(cell) for cell in found] == [type(value) for value in values]


def test_columns_have_the_names_that_metalab_gives_them(tmp_path: Path) -> None:
    frame = frame_of(tmp_path, [{"n": 1, "metrics": {"x": 2}}])
    assert [name for name in frame if not name.startswith("param_")] == [
        *("run_id", "experiment_id", "status", "case_id", "replicate_index", "started_at", "finished_at"),
        *("duration_ms", "error", "x"),
    ]
    assert (frame["param_n"].tolist(), frame["x"].tolist()) == ([1], [2])


def test_nothing_replaces_anything(tmp_path: Path) -> None:
    cases = [{"n": 1, "metrics": {"status": "a", "param_n": "b", "derived_y": "c", "y": "d", "metric_status": "e"}}]
    results = metalab.run(experiment(given, cases), store=tmp_path).result(TIMEOUT)
    results.compute_derived({"y": lambda run: "f"})
    (row,) = results.to_dataframe(include_derived=True, derived_metrics={"y": lambda run: "g"}).to_dict("records")
    assert (row["status"], row["param_n"]) == ("success", 1)
    assert sorted(value for value in row.values() if isinstance(value, str) and len(value) == 1) == list("abcdefg")


@pytest.mark.parametrize("part", ["params", "metrics", "record"])
def test_parts_are_left_out(tmp_path: Path, part: str) -> None:
    columns = {"params": "param_n", "metrics": "x", "record": "run_id"}
    frame = frame_of(tmp_path, [{"n": 1, "metrics": {"x": 2}}], **{f"include_{part}": False})
    assert [name in frame for name in columns.values()] == [name != part for name in columns]


def test_reducers_see_the_artifact_and_the_run(tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = [{"n": 1, "metrics": {}, "artifact": [3, 4]}, {"n": 2, "metrics": {}}]
    reducers = {"numbers": lambda numbers, run, factor=10: {"sum": sum(numbers) * run.params["n"] * factor}}
    frame = frame_of(tmp_path, cases, artifact_reducers=reducers)
    assert frame["sum"].tolist()[0] == 70
    assert frame["sum"].isna().tolist() == [False, True]


def test_what_fails_is_a_warning_and_leaves_its_cells_empty(tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = [{"n": n, "metrics": {}, "artifact": [n]} for n in (0, 1)]
    results = metalab.run(experiment(given, cases), store=tmp_path).result(TIMEOUT)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        frame = results.to_dataframe(
            derived_metrics=[lambda run: {"inverse": 1 / run.params["n"]}],
            artifact_reducers={"numbers": lambda numbers: {"ratio": 1 / numbers[0]}},
        )
    assert [("ZeroDivisionError" in str(one.message), results[0].run_id in str(one.message)) for one in warned] == [
        (True, True)
    ] * 2
    assert [math.isnan(cell) for cell in frame["inverse"]] == [True, False]
    assert [math.isnan(cell) for cell in frame["ratio"]] == [True, False]


def test_a_frame_of_nothing_has_no_rows(tmp_path: Path) -> None:
    results = metalab.run(experiment(given, [{"n": 1, "metrics": {}}]), store=tmp_path).result(TIMEOUT)
    assert len(results.failed.to_dataframe()) == 0
