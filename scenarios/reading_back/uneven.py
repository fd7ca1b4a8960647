"""Runs that capture different metrics, of every plain type, and a check of each cell of their tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import Violation
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.text import one_line
from pytest_optbench.workloads.workload import WorkloadRun, workload

CELLS = promise("reading-back.exact-cells")
PARAMS = ("index", "param_index", "param.index")
NAMES = ("whole", "flag", "words", "real", "large")
Rows = list[dict[str, Any]]


def metrics_of(index: int) -> dict[str, Any]:
    """The metrics of a run: no run has all of them, and every third has only one."""
    return (
        {"whole": 2**53 + 1 + index, "flag": True, "real": 0.1 + 0.2},
        {"words": 'a,b "c"\nd \u00e9', "real": -1e-300, "flag": False},
        {"large": 1.7976931348623157e308},
    )[index % 3]


@workload("uneven")
def uneven(run: WorkloadRun) -> None:
    """Capture the metrics of `params["index"]`, one by one."""
    run.capture_metrics()
    for name, value in metrics_of(run.params["index"]).items():
        run.produced.metrics[name] = value
        run.capture.metric(name, value)


def check_cells(
    method: str, read: Callable[[], Rows], indices: Mapping[str, int], *, text: bool
) -> Iterator[Violation]:
    """Yield the cells that differ from what the run captured; `indices` has the index of each run by its key."""
    try:
        rows = {str(_cell(row, WITNESS_METRIC)): row for row in read()}
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        yield Violation(CELLS, f"{method} raised {one_line(error)}.", where=method)
        return
    if rows.keys() != indices.keys():
        yield Violation(
            CELLS, f"{method}: {len(rows.keys() & indices.keys())} of {len(indices)} runs have a row.", where=method
        )
    for key in sorted(rows.keys() & indices.keys(), key=lambda key: indices[key]):
        row, index = rows[key], indices[key]
        given = {"run_id": row.get("run_id") or "missing", "status": row.get("status") or "missing"}
        if {*PARAMS} & row.keys() or method == "to_dataframe()":  # plain tables may have none
            given["index"] = str(next((row[column] for column in PARAMS if column in row), "missing"))
        expected = {"run_id": given["run_id"], "status": "success", "index": str(index)}
        if wrong := [name for name, found in given.items() if str(found) in ("missing", "") or found != expected[name]]:
            yield Violation(
                CELLS, f"{method}: {wrong[0]!r} of run {index} is {given[wrong[0]]!r}.", where=method, size=index
            )
        metrics = metrics_of(index)
        for name in NAMES:
            found = _cell(row, name)
            if not (_is_text_of if text else _is_value)(metrics.get(name), found):
                message = f"{method}: {name!r} of run {index}: expected {metrics.get(name)!r}, found {found!r}."
                yield Violation(CELLS, message, where=f"{method} {name}", size=index)


def _cell(row: Mapping[str, Any], name: str) -> Any:
    return next((row[column] for column in (name, f"metric_{name}", f"metric.{name}") if column in row), None)


def _is_nothing(found: Any) -> bool:
    return found is None or str(found) in ("<NA>", "nan", "NaT", "")


def _is_value(expected: Any, found: Any) -> bool:
    if expected is None:
        return _is_nothing(found)
    found = found.item() if hasattr(found, "item") else found
    return type(found) is type(expected) and found == expected


def _is_text_of(expected: Any, found: Any) -> bool:
    """Return whether a text reads back as a value; line ends may differ."""
    if expected is None or found is None:
        return _is_nothing(found) and expected is None
    if isinstance(expected, float):
        return math.isclose(_number(found), expected, rel_tol=0.0, abs_tol=0.0)
    return " ".join(str(found).split()) == " ".join(str(expected).split())


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
