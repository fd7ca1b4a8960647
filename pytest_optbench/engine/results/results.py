"""Results: runs read back from a store, one at a time or as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from pytest_optbench.engine.encoding.strict_json import dumps, loads
from pytest_optbench.engine.model.events import LOGGER
from pytest_optbench.engine.model.records import RunRecord, Status
from pytest_optbench.engine.store.protocol import ReadableStore
from pytest_optbench.errors import (
    CorruptRecordError,
    InvalidInputError,
    UnknownArtifactError,
    UnknownNameError,
    UnknownRunError,
)

from .derived import Derived, checked_derived, keep_derived
from .look_up import is_any_of, look_up
from .run import Run
from .stored_runs import stored_runs
from .table import FINGERPRINTS, Table, csv_path

if TYPE_CHECKING:
    import pandas as pd

    from .frame import Reducers

__all__ = ["Derived", "Results", "Run", "load_results"]


class Results(Sequence[Run]):
    """Runs by their ids. Records are read as they are asked for and not kept: a million of them need no memory.

    A damaged record is reported in the log and left out of iterations over all runs; asked for by its
    index it raises `CorruptRecordError`. To run the same experiment again sets it aside and makes it anew. A run that
    was deleted meanwhile is left out as well, and raises `UnknownRunError`.
    """

    def __init__(self, stores: Sequence[ReadableStore], run_ids: Sequence[str], opened: Any = None) -> None:
        self._stores = stores  # of each run, with its id
        self._run_ids = run_ids
        self._opened = opened  # that all of them are in

    @classmethod
    def of(cls, parts: Iterable[tuple[ReadableStore, Sequence[str]]]) -> Results:
        """Return the results of these runs of each experiment."""
        stores: list[ReadableStore] = []
        run_ids: list[str] = []
        opened: list[ReadableStore] = []
        for store, its_runs in parts:
            opened.append(store)
            stores += [store] * len(its_runs)
            run_ids += its_runs
        return cls(stores, run_ids, opened[0] if len(opened) == 1 else None)

    @classmethod
    def from_store(cls, store: Any, experiment_id: str | None = None) -> Results:
        """Return what a store, or a folder, holds of one experiment or of all; see `load_results`."""
        return cls.of(stored_runs(store, experiment_id))

    @property
    def store(self) -> Any:
        """The store of the runs.

        Raises:
            InvalidInputError: they are of several experiments.
        """
        stores = {id(store): store for store in self._stores} or {0: self._opened}
        if len(stores) > 1 or None in stores.values():
            raise InvalidInputError(f"{self!r} are in several stores: filter by experiment_id, or open one by its id")
        return next(iter(stores.values()))

    @property
    def runs(self) -> list[Run]:
        """All runs that can be read."""
        return list(self)

    @property
    def records(self) -> list[RunRecord]:
        """The records of all runs that can be read."""
        return [run.record for run in self]

    def load(self, run_id: str, artifact_name: str) -> Any:
        """Return an artifact of one of these runs.

        Raises:
            UnknownArtifactError: there is no such run here, or it has no such artifact.
        """
        if run_id not in self._run_ids:
            raise UnknownArtifactError("run of these results", run_id, ("their run_id",))
        return self[self._run_ids.index(run_id)].artifact(artifact_name)

    def __len__(self) -> int:
        return len(self._run_ids)

    def __iter__(self) -> Iterator[Run]:
        return map(itemgetter(2), self._readable())

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Results: ...
    def __getitem__(self, index: int | slice) -> Run | Results:
        if isinstance(index, slice):
            return Results(self._stores[index], self._run_ids[index], self._opened)
        return self._read(self._stores[index], self._run_ids[index])

    @property
    def successful(self) -> Results:
        """The runs that succeeded."""
        return self.filter(status=Status.SUCCESS)

    @property
    def failed(self) -> Results:
        """The runs that failed."""
        return self.filter(status=Status.FAILED)

    def filter(
        self,
        predicate: Callable[[Run], bool] | str | None = None,
        tags: Iterable[str] | None = None,
        **wanted: Any,
    ) -> Results:
        """Return the runs for which `predicate` is true, with all `tags`, and the value that is wanted of every name.

        A name is a column of the record (`status="failed"`), a parameter or a metric, in this order, or one of these
        by its name in the table (`param.<name>`, `metric.<name>`). A value is wanted as it was given to the run: enum
        members and arrays are found too. In place of the predicate a status may be given. Raises `UnknownNameError` for
        what no run has.
        """
        if isinstance(predicate, str):
            return self.filter(None, tags, status=predicate, **wanted)
        needed = set(() if tags is None else tags)
        if wanted.get("status", Status.SUCCESS) not in set(Status):
            raise UnknownNameError("status", wanted["status"], Status)
        stores, run_ids, missing = [], [], set(wanted)
        fitting = {name: (value, loads(dumps(value, name, lenient=True))) for name, value in wanted.items()}
        for store, run_id, run in self._readable():
            found = {name: look_up(run, name) for name in wanted}
            missing -= {name for name, values in found.items() if values}
            fits = all(values and is_any_of(values[0], fitting[name]) for name, values in found.items())
            if fits and needed <= set(run.tags) and (predicate is None or predicate(run)):
                stores.append(store)
                run_ids.append(run_id)
        if missing and len(self):
            raise UnknownNameError("column", min(missing), Table(self[:100]).columns)
        return Results(stores, run_ids, self._opened)

    def compute_derived(self, metrics: Any, overwrite: bool = False, progress: bool = False) -> None:
        """Derive metrics from these runs, and keep them next to their records, where `Run.derived` finds them.

        A function that fails is reported in the log, and leaves its metrics out.

        Args:
            metrics: functions of a `Run` that return a mapping of metrics, or a mapping of names to functions; each may
                be given as `"module:function"`.
            overwrite: derive also where a run has derived metrics already, in place of these.
            progress: show how far it is, where there is rich.

        Raises:
            InvalidInputError: what is given is no function.
            StoreError: the metrics cannot be kept.
        """
        derived = checked_derived(metrics)
        for run in self._tracked("derived metrics", progress):
            keep_derived(run, derived, overwrite=overwrite)

    def table(self, as_dataframe: bool = False) -> list[dict[str, Any]] | pd.DataFrame:
        """Return a row a run: columns of the record, parameters, metrics; see `results.table`."""
        table = Table(self)
        return table.to_dataframe() if as_dataframe else table.as_rows()

    def to_dataframe(
        self,
        *,
        include_params: bool = True,
        include_metrics: bool = True,
        include_record: bool = True,
        include_derived: bool = False,
        derived_metrics: Any = None,
        artifact_reducers: Reducers | None = None,
        progress: bool = False,
    ) -> pd.DataFrame:
        """Return a DataFrame with a row a run; see `results.frame` for the names of its columns.

        Args:
            include_params: the parameters.
            include_metrics: the metrics without a step.
            include_record: run id, experiment, status, case, times and error.
            include_derived: the derived metrics that were kept.
            derived_metrics: derived here and not kept; see `compute_derived`. One that fails is a warning.
            artifact_reducers: functions by the names of artifacts: of the artifact, or of it and the run, to a mapping
                of columns. Runs without the artifact have no cells there; one that fails is a warning.
            progress: show how far it is, where there is rich.

        Raises:
            ImportError: pandas is not installed.
        """
        from .frame import column_frame, data_frame, has_columns, parts_of

        needs_runs = include_derived or derived_metrics or artifact_reducers or progress
        if not needs_runs and has_columns(self._opened, self._run_ids):
            wanted = {"record": include_record, "params": include_params, "metrics": include_metrics}
            return column_frame(self._opened, self._run_ids, wanted)
        parts = parts_of(
            include_params=include_params,
            include_metrics=include_metrics,
            include_record=include_record,
            include_derived=include_derived,
            derived=checked_derived(derived_metrics),
            reducers=artifact_reducers or {},
        )
        return data_frame(self._tracked("runs", progress), parts)

    def to_csv(self, path: str | Path, *, include_fingerprints: bool = False, timestamp: bool = False) -> Path:
        """Write the table as CSV and return where: into a file with the time in its name, for a folder.

        A path without a suffix is a folder, and is made. With `timestamp` the name of a file gets the time, too.
        """
        target = csv_path(Path(path), timestamp=timestamp)
        Table(self).to_csv(target, without=() if include_fingerprints else FINGERPRINTS)
        return target

    def summary(self) -> dict[str, Any]:
        """Return how many runs there are, in all and by status, and the sum of their durations in milliseconds."""
        counts: Counter[str] = Counter()
        durations: list[float] = []
        for run in self:
            counts[run.status.value] += 1
            durations.append(run.duration_ms)
        return {
            "total": len(self),
            **{status.value: counts[status.value] for status in Status},
            "duration_ms": sum(durations),
            "total_runs": len(self),
            "by_status": dict(counts),
            "avg_duration_ms": sum(durations) / len(durations) if durations else 0.0,
            "min_duration_ms": min(durations, default=0.0),
            "max_duration_ms": max(durations, default=0.0),
        }

    def display(
        self, group_by: str | Sequence[str] | None = None, console: Any = None, show_summary: bool = True
    ) -> None:
        """Print the runs, or with `group_by` the means of their metrics for each combination of those columns.

        With `show_summary`, a line before says how many there are of each status.
        """
        from .display import display_results

        if show_summary:
            found = self.summary()["by_status"]
            write = print if console is None else console.print
            write(f"{len(self):,} runs: {', '.join(f'{number:,} {status}' for status, number in found.items())}")
        display_results(self, console=console, group_by=group_by or ())

    def _readable(self) -> Iterator[tuple[ReadableStore, str, Run]]:
        for store, run_id in zip(self._stores, self._run_ids, strict=True):
            try:
                run = self._read(store, run_id)
            except UnknownRunError:
                continue  # deleted, or set aside, since it was listed
            except CorruptRecordError as error:
                LOGGER.warning("run %s is left out: %s", run_id, error)
            else:
                yield store, run_id, run

    def _tracked(self, title: str, progress: bool) -> Iterator[Run]:
        if not progress:
            return iter(self)
        from .frame import tracked

        return tracked(self, title, len(self))

    @staticmethod
    def _read(store: ReadableStore, run_id: str) -> Run:
        return Run(store.get_run_record(run_id), store)

    def __repr__(self) -> str:
        experiments = sorted({store.experiment_id for store in self._stores})
        return f"<{len(self)} results of {', '.join(experiments) or 'nothing'}>"


def load_results(store: Any, experiment_id: str | None = None) -> Results:
    """Return what `run` wrote under the same path: every run of one experiment, or of all, in order of run id.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InvalidInputError: the store does not hold the experiment; the message lists those it holds.
    """
    return Results.of(stored_runs(store, experiment_id))
