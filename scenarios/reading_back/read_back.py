"""Checks of a target's own results against plan and witness: runs, tables, filters and summaries."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import Violation
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, plain
from pytest_optbench.text import one_line

EVERY_RUN = promise("reading-back.every-run")
AS_STORED = promise("reading-back.as-stored")
DURATIONS = promise("reading-back.durations")
PROVENANCE = promise("reading-back.provenance")
ROWS = promise("reading-back.table-rows")
FILTERED = promise("reading-back.filters")
SUMMED = promise("reading-back.summary")


@dataclass(frozen=True)
class ExpectedRun:
    """The expectation for a run, from plan and witness."""

    key: str
    status: str
    params: Mapping[str, Any]
    metrics: Mapping[str, Any]
    error: str = ""  # part of the message that a failed run records


@dataclass(frozen=True)
class Sweep:
    """The expectation for a sweep: `seconds` of wall time, `least` seconds of each run, tags, hash of the code."""

    runs: Mapping[str, ExpectedRun]
    seconds: float
    least: float
    tags: tuple[str, ...]
    code_hash: str


def check_runs(results: Any, sweep: Sweep) -> Iterator[Violation]:
    """Yield the violations in the list of runs and in each run."""
    listed = Counter(run.metrics.get(WITNESS_METRIC) for run in results)
    if listed != Counter(sweep.runs.keys()):
        message = (
            f"Of {len(sweep.runs)} runs, {len(listed.keys() & sweep.runs.keys())} are listed, in {len(results)} rows."
        )
        yield Violation(EVERY_RUN, message, expected=str(len(sweep.runs)), found=str(len(results)))
    for run in results:
        if (expected_run := sweep.runs.get(run.metrics.get(WITNESS_METRIC))) is not None:
            yield from _check_run(run, expected_run, sweep)


def _check_run(run: Any, expected_run: ExpectedRun, sweep: Sweep) -> Iterator[Violation]:
    compared = {
        "status": (str(getattr(run.status, "value", run.status)), expected_run.status),
        "metrics": (plain(dict(run.metrics)), plain(dict(expected_run.metrics))),
        "params": (plain(dict(run.params)), plain(dict(expected_run.params))),
        "tags": (sorted(run.tags), sorted(sweep.tags)),
        "error": (expected_run.error in str(run.error or "") and bool(run.error) == bool(expected_run.error), True),
    }
    for name, (found, expected) in compared.items():
        if found != expected:
            message = f"Run {run.run_id}: {name}: expected {expected}, found {run.error if name == 'error' else found}."
            yield Violation(AS_STORED, message, run_id=run.run_id, where=name, expected=str(expected), found=str(found))
    duration = float(run.duration_ms)
    if not (math.isfinite(duration) and sweep.least * 1000 - 1 <= duration <= sweep.seconds * 1000 + 1):
        within = f"{sweep.least * 1000:.0f} to {sweep.seconds * 1000:.0f} ms"
        yield Violation(DURATIONS, f"Run {run.run_id} took {duration} ms, not {within}.", run_id=run.run_id)
    if sweep.code_hash not in _texts(getattr(run.record, "provenance", None)):
        message = f"The provenance of run {run.run_id} does not hold the hash of its code, {sweep.code_hash}."
        yield Violation(PROVENANCE, message, run_id=run.run_id)


def _texts(provenance: Any) -> list[str]:
    if is_dataclass(provenance) and not isinstance(provenance, type):
        return [str(getattr(provenance, field.name)) for field in fields(provenance)]
    return [str(value) for value in provenance.values()] if isinstance(provenance, Mapping) else []


def check_tables(results: Any, sweep: Sweep, folder: Path) -> Iterator[Violation]:
    """Yield the violations in `table`, in `to_csv`, and in `to_dataframe` where pandas is installed."""
    yield from _check_rows("table()", lambda: results.table(), sweep)
    yield from _check_rows("to_csv()", lambda: _csv_rows(results, folder), sweep)
    yield from _check_rows("to_dataframe()", lambda: _frame_rows(results), sweep)


def _csv_rows(results: Any, folder: Path) -> list[dict[str, Any]]:
    path = folder / "results.csv"
    results.to_csv(str(path))
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _frame_rows(results: Any) -> list[dict[str, Any]] | None:
    try:
        import pandas as pd  # noqa: F401
    except ImportError:
        return None
    rows: list[dict[str, Any]] = results.to_dataframe().to_dict("records")
    return rows


def _check_rows(method: str, read: Callable[[], list[dict[str, Any]] | None], sweep: Sweep) -> Iterator[Violation]:
    try:
        rows = read()
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        yield Violation(ROWS, f"{method} raised {one_line(error)}.", where=method)
        return
    if rows is None:
        return
    for name in ("index", "half"):
        found = sorted(float(_cell(row, name)) for row in rows)
        expected = sorted(float(run.metrics[name]) for run in sweep.runs.values())
        if found != expected:
            message = f"{method}: metric {name!r} of {len(expected)} runs: {_difference(expected, found)}."
            yield Violation(ROWS, message, where=method, expected=str(expected), found=str(found))


def _cell(row: Mapping[str, Any], name: str) -> Any:
    """The value of a metric in a row; a target may prefix the name of a metric that is also a parameter."""
    columns = [f"metric.{name}", f"metric_{name}", name]
    return next((row[column] for column in columns if column in row), math.nan)


def _difference(expected: Sequence[float], found: Sequence[float]) -> str:
    missing = Counter(expected) - Counter(found)
    return f"missing {sorted(missing.elements())[:3]}, {len(found)} rows"


def check_filters(results: Any, sweep: Sweep) -> Iterator[Violation]:
    """Yield the violations in selections by status, metric, slice and position."""
    by_status = {
        status: {run.key for run in sweep.runs.values() if run.status == status} for status in ("success", "failed")
    }
    sample = next(iter(sweep.runs.values()))
    selections: dict[str, tuple[Callable[[], Iterable[Any]], set[str]]] = {
        "successful": (lambda: results.successful, by_status["success"]),
        "failed": (lambda: results.failed, by_status["failed"]),
        "filter(status='failed')": (lambda: results.filter(status="failed"), by_status["failed"]),
        f"filter(half={sample.metrics['half']})": (
            lambda: results.filter(half=sample.metrics["half"]),
            {run.key for run in sweep.runs.values() if run.metrics["half"] == sample.metrics["half"]},
        ),
        "[:]": (lambda: results[:], set(sweep.runs)),
        "[i]": (lambda: [results[position] for position in range(len(results))], set(sweep.runs)),
    }
    for method, (select, expected) in selections.items():
        try:
            listed = {run.metrics.get(WITNESS_METRIC) for run in select()}
        except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
            yield Violation(FILTERED, f"{method} raised {one_line(error)}.", where=method)
            continue
        if listed != expected:
            wrong = len(listed - expected)
            message = (
                f"{method}: {len(expected)} runs match; {len(listed & expected)} of them and {wrong} others are listed."
            )
            yield Violation(FILTERED, message, where=method)


def check_summary(results: Any, sweep: Sweep) -> Iterator[Violation]:
    """Yield the violations in the counts of `summary`, under either of their names, and in `display`."""
    planned = Counter(run.status for run in sweep.runs.values())
    try:
        summary = results.summary()
        results.display()
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        yield Violation(SUMMED, f"summary() or display() raised {one_line(error)}.")
        return
    said = {
        "total": {summary[name] for name in ("total", "total_runs") if name in summary},
        **{status: _counts_of(summary, status) for status in ("success", "failed")},
    }
    expected = {"total": len(sweep.runs), "success": planned["success"], "failed": planned["failed"]}
    found = {name: min(counts, key=lambda count: count == expected[name], default=0) for name, counts in said.items()}
    if found != expected:
        yield Violation(
            SUMMED, f"summary(): expected {expected}, found {found}.", expected=str(expected), found=str(found)
        )


def _counts_of(summary: Mapping[str, Any], status: str) -> set[int]:
    """Return what a summary says of a status, alone and among all; a status without runs may be left out."""
    found = {part[status] for part in (summary, summary.get("by_status", {})) if status in part}
    return found or {0}
