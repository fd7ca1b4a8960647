"""What a target's own results say of a sweep, against the plan and the witness: runs, tables, filters, summaries."""

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
    """What is known of a run from plan and witness."""

    key: str
    status: str
    params: Mapping[str, Any]
    metrics: Mapping[str, Any]
    error: str = ""  # part of the message that a failed run records


@dataclass(frozen=True)
class Sweep:
    """What is known of a whole sweep: `seconds` of wall time, least seconds of each run, tags, hash of the code."""

    runs: Mapping[str, ExpectedRun]
    seconds: float
    least: float
    tags: tuple[str, ...]
    code_hash: str


def check_runs(results: Any, sweep: Sweep) -> Iterator[Violation]:
    """Yield what is wrong with the list of runs and with each run in it."""
    found = Counter(run.metrics.get(WITNESS_METRIC) for run in results)
    if found != Counter(sweep.runs.keys()):
        message = (
            f"Of {len(sweep.runs)} runs, {len(found.keys() & sweep.runs.keys())} are listed, in {len(results)} rows."
        )
        yield Violation(EVERY_RUN, message, expected=str(len(sweep.runs)), found=str(len(results)))
    for run in results:
        if (expected := sweep.runs.get(run.metrics.get(WITNESS_METRIC))) is not None:
            yield from _check_run(run, expected, sweep)


def _check_run(run: Any, expected: ExpectedRun, sweep: Sweep) -> Iterator[Violation]:
    said = {
        "status": (str(getattr(run.status, "value", run.status)), expected.status),
        "metrics": (plain(dict(run.metrics)), plain(dict(expected.metrics))),
        "params": (plain(dict(run.params)), plain(dict(expected.params))),
        "tags": (sorted(run.tags), sorted(sweep.tags)),
        "error": (expected.error in str(run.error or "") and bool(run.error) == bool(expected.error), True),
    }
    for name, (had, wanted) in said.items():
        if had != wanted:
            message = f"Run {run.run_id}: {name}: expected {wanted}, found {run.error if name == 'error' else had}."
            yield Violation(AS_STORED, message, run_id=run.run_id, where=name, expected=str(wanted), found=str(had))
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
    """Yield what is wrong with `table`, `to_csv`, and with `to_dataframe` where pandas is installed."""
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


def _check_rows(way: str, read: Callable[[], list[dict[str, Any]] | None], sweep: Sweep) -> Iterator[Violation]:
    try:
        rows = read()
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        yield Violation(ROWS, f"{way} raised {one_line(error)}.", where=way)
        return
    if rows is None:
        return
    for name in ("index", "half"):
        had = sorted(float(_cell(row, name)) for row in rows)
        wanted = sorted(float(run.metrics[name]) for run in sweep.runs.values())
        if had != wanted:
            message = f"{way}: metric {name!r} of {len(wanted)} runs: {_difference(wanted, had)}."
            yield Violation(ROWS, message, where=way, expected=str(wanted), found=str(had))


def _cell(row: Mapping[str, Any], name: str) -> Any:
    """A metric in a row; a target may put a prefix before its name where a parameter has it too."""
    columns = [f"metric.{name}", f"metric_{name}", name]
    return next((row[column] for column in columns if column in row), math.nan)


def _difference(wanted: Sequence[float], had: Sequence[float]) -> str:
    missing = Counter(wanted) - Counter(had)
    return f"missing {sorted(missing.elements())[:3]}, {len(had)} rows"


def check_filters(results: Any, sweep: Sweep) -> Iterator[Violation]:
    """Yield what is wrong with selections by status and by a metric, slices and positions."""
    by_status = {
        status: {run.key for run in sweep.runs.values() if run.status == status} for status in ("success", "failed")
    }
    some = next(iter(sweep.runs.values()))
    asked: dict[str, tuple[Callable[[], Iterable[Any]], set[str]]] = {
        "successful": (lambda: results.successful, by_status["success"]),
        "failed": (lambda: results.failed, by_status["failed"]),
        "filter(status='failed')": (lambda: results.filter(status="failed"), by_status["failed"]),
        f"filter(half={some.metrics['half']})": (
            lambda: results.filter(half=some.metrics["half"]),
            {run.key for run in sweep.runs.values() if run.metrics["half"] == some.metrics["half"]},
        ),
        "[:]": (lambda: results[:], set(sweep.runs)),
        "[i]": (lambda: [results[ctx] for ctx in range(len(results))], set(sweep.runs)),
    }
    for way, (select, wanted) in asked.items():
        try:
            found = {run.metrics.get(WITNESS_METRIC) for run in select()}
        except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
            yield Violation(FILTERED, f"{way} raised {one_line(error)}.", where=way)
            continue
        if found != wanted:
            message = (
                f"{way}: {len(wanted)} runs match, {len(found & wanted)} of them and {len(found - wanted)} others came."
            )
            yield Violation(FILTERED, message, where=way)


def check_summary(results: Any, sweep: Sweep) -> Iterator[Violation]:
    """Yield what is wrong with the counts of `summary`, whatever it calls them, and with `display`."""
    counted = Counter(run.status for run in sweep.runs.values())
    try:
        summary = results.summary()
        results.display()
    except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
        yield Violation(SUMMED, f"summary() or display() raised {one_line(error)}.")
        return
    flat = {**summary, **summary.get("by_status", {})}
    total = next((flat[name] for name in ("total", "total_runs") if name in flat), None)
    had = {"total": total, **{status: flat.get(status, 0) for status in ("success", "failed")}}
    wanted = {"total": len(sweep.runs), "success": counted["success"], "failed": counted["failed"]}
    if had != wanted:
        yield Violation(SUMMED, f"summary(): expected {wanted}, found {had}.", expected=str(wanted), found=str(had))
