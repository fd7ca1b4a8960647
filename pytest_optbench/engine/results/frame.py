"""Runs as a DataFrame with the columns that are asked for.

Columns of the record and of metrics keep their names; parameters are named `param_<name>`, and stored derived metrics
`derived_<name>`. Values that functions compute here, from runs or artifacts, have the names that the functions return.
A name that is taken gets the prefix `metric_` or `derived_`: no column replaces another.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.engine.model.failure import one_line
from pytest_optbench.engine.store.protocol import ColumnReader

from .derived import Derived, derive
from .frame_columns import frame_of
from .table import FINGERPRINTS, RECORD_COLUMNS, add_columns, append_cells, extend_cells, record_cells

if TYPE_CHECKING:
    import pandas as pd

    from .run import Run

LEFT_OUT: Final = (*FINGERPRINTS, "tags")
Reducers = Mapping[str, Callable[..., Mapping[str, Any]]]


@dataclass(frozen=True)
class Part:
    """Columns of one kind: a function that gives the cells of a run, and the prefix of names.

    Only a name that is taken gets the prefix, or each name with `prefix_all`.
    """

    cells: Callable[[Run], Mapping[str, Any]]
    prefix: str
    prefix_all: bool = False

    def named(self, run: Run) -> Mapping[str, Any]:
        """Return the cells of a run by the names of their columns."""
        cells = self.cells(run)
        return {f"{self.prefix}{name}": cell for name, cell in cells.items()} if self.prefix_all else cells


def parts_of(
    *,
    include_params: bool,
    include_metrics: bool,
    include_record: bool,
    include_derived: bool,
    derived: Derived,
    reducers: Reducers,
) -> list[Part]:
    """Return the kinds of columns that are asked for, in their order."""
    kinds = [
        (include_record, Part(_record, "record_")),
        (include_params, Part(lambda run: run.params, "param_", prefix_all=True)),
        (include_metrics, Part(lambda run: run.metrics, "metric_")),
        (include_derived, Part(lambda run: run.derived, "derived_", prefix_all=True)),
        (bool(derived), Part(lambda run: derive(run, derived, _warn), "derived_")),
        (bool(reducers), Part(lambda run: _reduced(run, reducers), "derived_")),
    ]
    return [part for wanted, part in kinds if wanted]


def data_frame(runs: Iterable[Run], parts: list[Part]) -> pd.DataFrame:
    """Return a table with one row per run and the columns of these parts.

    Raises:
        ImportError: pandas is not installed.
    """
    columns: list[dict[str, list[Any]]] = [{} for _ in parts]
    rows = 0
    for run in runs:
        for part, found in zip(parts, columns, strict=True):
            append_cells(found, part.named(run), rows)
        rows += 1
    table: dict[str, list[Any]] = {}
    for part, found in zip(parts, columns, strict=True):
        add_columns(table, found, part.prefix, rows)
    return frame_of(table)


def has_columns(store: Any, run_ids: Sequence[str]) -> bool:
    """Return whether runs are in one store that gives them by columns, in this order."""
    return isinstance(store, ColumnReader) and not any(a > b for a, b in pairwise(run_ids))


def column_frame(store: ColumnReader, run_ids: Sequence[str], wanted: Mapping[str, bool]) -> pd.DataFrame:
    """Return the same table as `data_frame`, of runs that a store gives by columns; `wanted` says which kinds.

    Raises:
        ImportError: pandas is not installed.
    """
    record: dict[str, list[Any]] = {name: [] for name in RECORD_COLUMNS if name not in LEFT_OUT}
    params: dict[str, list[Any]] = {}
    metrics: dict[str, list[Any]] = {}
    rows = 0
    for piece in store.columns(run_ids):
        for name, cells in piece.record.items():
            record[name] += cells
        record["experiment_id"] += [store.experiment_id] * len(piece.params)
        record["case_id"] += [said.get("case_id") for said in piece.metadata]
        record["replicate_index"] += [said.get("replicate_index") for said in piece.metadata]
        record["error"] += [None if error is None else one_line(error) or None for error in piece.errors]
        extend_cells(params, piece.params, rows)
        extend_cells(metrics, piece.metrics, rows)
        rows += len(piece.params)
    table: dict[str, list[Any]] = {}
    named = {f"param_{name}": cells for name, cells in params.items()}
    found = {"record": (record, "record_"), "params": (named, "param_"), "metrics": (metrics, "metric_")}
    for kind, (columns, prefix) in found.items():
        if wanted[kind]:
            add_columns(table, columns, prefix, rows)
    return frame_of(table)


def tracked(runs: Iterable[Run], title: str, total: int) -> Iterator[Run]:
    """Yield the runs, with a progress bar if rich is installed."""
    try:
        from rich.progress import track
    except ImportError:
        return iter(runs)
    return iter(track(runs, description=title, total=total))


def _record(run: Run) -> Mapping[str, Any]:
    cells = zip(RECORD_COLUMNS, record_cells(run), strict=True)
    return {name: cell for name, cell in cells if name not in LEFT_OUT}


def _reduced(run: Run, reducers: Reducers) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name, reduce in reducers.items():
        try:
            artifact = run.artifact(name)
        except FileNotFoundError:  # a run may lack the artifact
            continue
        try:
            found.update(reduce(artifact, run) if _takes_the_run(reduce) else reduce(artifact))
        except Exception as error:  # noqa: BLE001 - the function is the user's
            _warn(f"the reducer of artifact {name!r} failed for run {run.run_id}: {type(error).__name__}: {error}")
    return found


def _takes_the_run(reduce: Callable[..., Any]) -> bool:
    """Return whether a reducer asks for the run after the artifact: it has two parameters without a default."""
    declared = inspect.signature(reduce).parameters.values()
    return len([each for each in declared if each.default is each.empty and each.kind < each.VAR_POSITIONAL]) > 1


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=6)
