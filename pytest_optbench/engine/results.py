"""Results: runs read back from a store, one at a time or as a table."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from pytest_optbench.errors import UnknownRunError

from .records import RunRecord, Status
from .store import open_store

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from .store.protocol import Store

Derived = Mapping[str, Callable[["Run"], Any]]
COLUMNS = ("run_id", "status", "duration_ms")


class Run:
    """One run of the results."""

    def __init__(self, record: RunRecord, store: Store, derived: Derived | None = None) -> None:
        self.record = record
        self._store = store
        self._derived = derived or {}

    run_id = property(lambda self: self.record.run_id, doc="Its id.")
    status = property(lambda self: self.record.status, doc="How it ended.")
    params = property(lambda self: self.record.params_resolved, doc="Its resolved parameters.")
    tags = property(lambda self: self.record.tags, doc="The tags of its experiment and case.")
    error = property(lambda self: self.record.error, doc="None, or a mapping with type, message and traceback.")
    duration_ms = property(lambda self: self.record.duration_ms, doc="Wall time of the operation in milliseconds.")

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """The metrics that the operation captured without a step, and the derived ones."""
        plain = Run(self.record, self._store)
        captured = dict(self.record.metrics)
        if not self._derived:
            return captured
        plain.__dict__["metrics"] = captured
        return {**{name: compute(plain) for name, compute in self._derived.items()}, **captured}

    def artifact(self, name: str, *, allow_pickle: bool = False) -> Any:
        """Load one artifact, after its size and hash were checked."""
        return self._store.load_artifact(self.run_id, name, allow_pickle=allow_pickle)

    def artifacts(self) -> list[str]:
        """The names of its artifacts, in the order in which they were captured."""
        return [artifact.name for artifact in self.record.artifacts]

    def data(self, name: str) -> Any:
        """A structured result that was captured with `capture.data`."""
        return self.artifact(name)

    def series(self, name: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The steps (int64) and values (float64) of a stepped metric, in the order of capture."""
        return self._store.series(self.run_id)[name]

    @property
    def log(self) -> str:
        """What the run logged."""
        return self._store.log(self.run_id)

    def __repr__(self) -> str:
        return f"<run {self.run_id} {self.status}>"


class Results(Sequence[Run]):
    """Runs in a store; iterating reads one record at a time, everything else reads each record once and keeps it."""

    def __init__(
        self,
        store: Store,
        derived: Derived | None = None,
        *,
        run_ids: Sequence[str] | None = None,
        runs: list[Run] | None = None,
    ) -> None:
        self._store = store
        self._derived = derived or {}
        self._run_ids = run_ids
        if runs is not None:
            self.__dict__["_runs"] = runs

    def __iter__(self) -> Iterator[Run]:
        if "_runs" in self.__dict__:
            return iter(self._runs)
        return (Run(record, self._store, self._derived) for record in self._records())

    def __len__(self) -> int:
        return len(self._runs)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> Run | Results:
        return self._some(self._runs[index]) if isinstance(index, slice) else self._runs[index]

    @property
    def successful(self) -> Results:
        """The runs that ended in success."""
        return self.filter(status=Status.SUCCESS)

    @property
    def failed(self) -> Results:
        """The runs that failed."""
        return self.filter(status=Status.FAILED)

    def filter(self, predicate: Callable[[Run], bool] | None = None, **wanted: Any) -> Results:
        """The runs for which `predicate` is true and each name has the wanted value.

        A name is `status`, a parameter or a metric, in this order.
        """
        return self._some([run for run in self if (predicate is None or predicate(run)) and _matches(run, wanted)])

    def table(self, as_dataframe: bool = False) -> list[dict[str, Any]] | pd.DataFrame:
        """A row a run: run_id, status, duration_ms, then parameters, then metrics.

        A parameter or metric that has the name of an earlier column gets the prefix `param.` or `metric.`: nothing a
        user names replaces another column.
        """
        if as_dataframe:
            return self.to_dataframe()
        return [_row(run) for run in self]

    def to_dataframe(self) -> pd.DataFrame:
        """The table as a pandas DataFrame.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas as pd

        return pd.DataFrame([_row(run) for run in self])

    def to_csv(self, path: str | Path) -> None:
        """Write the table as CSV, a column for every name that any run has."""
        rows = [_row(run) for run in self]
        names = list(dict.fromkeys(name for row in rows for name in row)) or list(COLUMNS)
        with Path(path).open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, names)
            writer.writeheader()
            writer.writerows(rows)

    def summary(self) -> dict[str, Any]:
        """How many runs there are, by status, and their time in all."""
        runs = self._runs
        return {
            "total": len(runs),
            **{status.value: count for status, count in Counter(run.status for run in runs).items()},
            "duration_ms": sum(run.duration_ms for run in runs),
        }

    def display(self, group_by: Sequence[str] = ()) -> None:
        """Print the runs as a table, or means of the metrics by the values of some parameters."""
        from .display import display_results

        display_results(self, group_by=group_by)

    @cached_property
    def _runs(self) -> list[Run]:
        return [Run(record, self._store, self._derived) for record in self._records()]

    def _records(self) -> Iterator[RunRecord]:
        if self._run_ids is None:
            yield from self._store.records()
            return
        for run_id in self._run_ids:
            try:
                yield self._store.get_run_record(run_id)
            except UnknownRunError:
                continue  # reached by the plan, then cancelled before it ran

    def _some(self, runs: list[Run]) -> Results:
        return Results(self._store, self._derived, runs=runs)

    def __repr__(self) -> str:
        return f"<results of {self._store.experiment_id}>"


def load_results(store: Any, experiment_id: str | None = None) -> Results:
    """Read back what `run` wrote under the same path.

    `experiment_id` may be left out where the store holds one experiment only.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InvalidInputError: several experiments and no id; the message lists them.
    """
    return Results(open_store(store, experiment_id, create=False))


def _matches(run: Run, wanted: Mapping[str, Any]) -> bool:
    return all(_value(run, name) == value for name, value in wanted.items())


def _value(run: Run, name: str) -> Any:
    if name == "status":
        return run.status
    return run.params[name] if name in run.params else run.metrics.get(name)


def _row(run: Run) -> dict[str, Any]:
    row: dict[str, Any] = {"run_id": run.run_id, "status": run.status.value, "duration_ms": run.duration_ms}
    _add(row, run.params, "param.")
    _add(row, run.metrics, "metric.")
    return row


def _add(row: dict[str, Any], values: Mapping[str, Any], prefix: str) -> None:
    for name, value in values.items():
        if name not in row:
            row[name] = value
        elif not _same(row[name], value):
            row[f"{prefix}{name}"] = value


def _same(one: Any, other: Any) -> bool:
    """Whether a metric merely repeats the parameter of its name."""
    return type(one) is type(other) and isinstance(one, str | int | float | bool) and one == other


def runs_of(records: Iterable[RunRecord], store: Store) -> list[Run]:
    """Records as runs of a store."""
    return [Run(record, store) for record in records]
