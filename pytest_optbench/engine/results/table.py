"""Runs as a table: a row a run, and a column for everything that any of them has.

Columns are those of the record, then the parameters, then the metrics, by their own names. A name that is taken gets
a prefix in the whole table: a parameter named as a record's column becomes `param.<name>`, a metric named as a
parameter or a record's column becomes `metric.<name>`. So nothing that a user names replaces anything else.
"""

from __future__ import annotations

import csv
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.engine.model.failure import one_line
from pytest_optbench.grids.text import to_text

from .frame_columns import frame_of

if TYPE_CHECKING:
    import pandas as pd

    from .run import Run

RECORD_COLUMNS: Final = (
    "run_id",
    "experiment_id",
    "status",
    "case_id",
    "replicate_index",
    "started_at",
    "finished_at",
    "duration_ms",
    "error",
    "tags",
    "context_fingerprint",
    "params_fingerprint",
    "seed_fingerprint",
)
FINGERPRINTS: Final = RECORD_COLUMNS[-3:]
PARAM, METRIC = "param.", "metric."


class Table:
    """Columns by name, each as long as there are rows; None stands where a run has nothing."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self.rows = 0
        record: dict[str, list[Any]] = {name: [] for name in RECORD_COLUMNS}
        appends = [column.append for column in record.values()]
        params: dict[str, list[Any]] = {}
        metrics: dict[str, list[Any]] = {}
        for run in runs:
            for append, value in zip(appends, record_cells(run), strict=True):
                append(value)
            append_cells(params, run.params, self.rows)
            append_cells(metrics, run.metrics, self.rows)
            self.rows += 1
        self.columns = dict(record)
        add_columns(self.columns, params, PARAM, self.rows)
        add_columns(self.columns, metrics, METRIC, self.rows)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return a dict a run, all with the same keys."""
        names = list(self.columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]

    def to_dataframe(self) -> pd.DataFrame:
        """Return a DataFrame.

        Raises:
            ImportError: pandas is not installed.
        """
        return frame_of(self.columns)

    def to_csv(self, path: str | Path, *, without: Container[str] = ()) -> None:
        """Write the table as CSV, UTF-8, with a header; what UTF-8 cannot say is escaped, as in `caf\\udce9`."""
        columns = {name: cells for name, cells in self.columns.items() if name not in without}
        with Path(path).open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(map(_csv_cell, row) for row in zip(*columns.values(), strict=True))


def record_cells(run: Run) -> tuple[Any, ...]:
    """Return a run's cells of the record's columns."""
    record = run.record
    return (
        record.run_id,
        record.experiment_id,
        record.status.value,
        record.metadata.get("case_id"),
        record.metadata.get("replicate_index"),
        record.started_at,
        record.finished_at,
        record.duration_ms,
        one_line(record.error) or None,
        ",".join(record.tags),
        record.context_fingerprint,
        record.params_fingerprint,
        record.seed_fingerprint,
    )


def csv_path(path: Path, *, timestamp: bool) -> Path:
    """Return the file to write for a path that somebody gave, in a folder that is there."""
    now = f"{datetime.now():%Y%m%d_%H%M%S}"
    if path.is_dir() or not path.suffix:
        path = path / f"results_{now}.csv"
    elif timestamp:
        path = path.with_stem(f"{path.stem}_{now}")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _csv_cell(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, str | float) else to_text(cell)


def free_name(name: str, prefix: str, taken: Container[str]) -> str:
    """Return `name`, with as many prefixes as it takes to be like none of those `taken`."""
    while name in taken:
        name = prefix + name
    return name


def append_cells(columns: dict[str, list[Any]], cells: Mapping[str, Any], row: int) -> None:
    """Append a row's cells to their columns; None stands in the rows before that had no such cell."""
    for name, value in cells.items():
        column = columns.get(name)
        if column is None:
            column = columns[name] = [None] * row
        elif len(column) < row:
            column.extend([None] * (row - len(column)))
        column.append(value)


def extend_cells(columns: dict[str, list[Any]], rows: Sequence[Mapping[str, Any]], row: int) -> None:
    """Append the cells of many rows, of which the first is number `row`; quickly where all have the same names."""
    names = rows[0].keys() if rows else ()
    if all(cells.keys() == names for cells in rows) and all(len(columns.get(name, ())) == row for name in names):
        for name in names:
            columns.setdefault(name, []).extend([cells[name] for cells in rows])
        return
    for number, cells in enumerate(rows, row):
        append_cells(columns, cells, number)


def add_columns(table: dict[str, list[Any]], more: dict[str, list[Any]], prefix: str, rows: int) -> None:
    """Add columns to a table, each with as many prefixes as it takes to replace nothing."""
    taken = set(table) | set(more)
    for name, column in more.items():
        column.extend([None] * (rows - len(column)))
        fitting = name if name not in table else free_name(prefix + name, prefix, taken)
        taken.add(fitting)
        table[fitting] = column
