"""Runs that captured different metrics, of every plain type, and what each cell of a table of them must be."""

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
    """The metrics of a run: of each three neighbours, none has all of them, and one has hardly any."""
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


def check_cells(way: str, read: Callable[[], Rows], wanted: Mapping[str, int], *, text: bool) -> Iterator[Violation]:
    """Yield the cells that are not what the run captured; `wanted` has the index of each run by its key."""
    try:
        rows = {str(_cell(row, WITNESS_METRIC)): row for row in read()}
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        yield Violation(CELLS, f"{way} raised {one_line(error)}.", where=way)
        return
    if rows.keys() != wanted.keys():
        yield Violation(
            CELLS, f"{way}: {len(rows.keys() & wanted.keys())} of {len(wanted)} runs have a row.", where=way
        )
    for key in sorted(rows.keys() & wanted.keys(), key=lambda one: wanted[one]):
        row, index = rows[key], wanted[key]
        given = {"run_id": row.get("run_id") or "missing", "status": row.get("status") or "missing"}
        if {*PARAMS} & row.keys() or way == "to_dataframe()":  # plain tables may have none
            given["index"] = str(next((row[column] for column in PARAMS if column in row), "missing"))
        expected = {"run_id": given["run_id"], "status": "success", "index": str(index)}
        if odd := [name for name, found in given.items() if str(found) in ("missing", "") or found != expected[name]]:
            yield Violation(CELLS, f"{way}: {odd[0]!r} of run {index} is {given[odd[0]]!r}.", where=way, size=index)
        metrics = metrics_of(wanted[key])
        for name in NAMES:
            found = _cell(rows[key], name)
            if not (_is_text_of if text else _is_value)(metrics.get(name), found):
                message = f"{way}: {name!r} of run {wanted[key]}: expected {metrics.get(name)!r}, found {found!r}."
                yield Violation(CELLS, message, where=f"{way} {name}", size=wanted[key])


def _cell(row: Mapping[str, Any], name: str) -> Any:
    return next((row[column] for column in (name, f"metric_{name}", f"metric.{name}") if column in row), None)


def _is_nothing(found: Any) -> bool:
    return found is None or str(found) in ("<NA>", "nan", "NaT", "")


def _is_value(wanted: Any, found: Any) -> bool:
    if wanted is None:
        return _is_nothing(found)
    found = found.item() if hasattr(found, "item") else found
    return type(found) is type(wanted) and found == wanted


def _is_text_of(wanted: Any, found: Any) -> bool:
    """Whether text is that of a value, as a program reads it back; line ends may differ."""
    if wanted is None or found is None:
        return _is_nothing(found) and wanted is None
    if isinstance(wanted, float):
        return math.isclose(_number(found), wanted, rel_tol=0.0, abs_tol=0.0)
    return " ".join(str(found).split()) == " ".join(str(wanted).split())


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
