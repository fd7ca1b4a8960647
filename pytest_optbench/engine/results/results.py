"""Results: runs read back from a store, one at a time or as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from pytest_optbench.engine.encoding.strict_json import dumps, loads
from pytest_optbench.engine.model.events import LOGGER
from pytest_optbench.engine.model.records import Status
from pytest_optbench.engine.store import FileStore, Store, open_store
from pytest_optbench.errors import CorruptRecordError, UnknownNameError, UnknownRunError
from pytest_optbench.grids.equality import equality_key

from .run import Derived, Run, checked_derived
from .table import METRIC, PARAM, RECORD_COLUMNS, Table, record_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Derived", "Results", "Run", "load_results"]


class Results(Sequence[Run]):
    """Runs by their ids. Records are read as they are asked for and not kept: a million of them need no memory.

    A damaged record is reported in the log and left out of iterations over all runs; asked for by its
    index it raises `CorruptRecordError`. To run the same experiment again sets it aside and makes it anew. A run that
    was deleted meanwhile is left out as well, and raises `UnknownRunError`.
    """

    def __init__(self, stores: Sequence[Store], run_ids: Sequence[str], derived: Derived | None = None) -> None:
        self._stores = stores  # of each run, with its id
        self._run_ids = run_ids
        self._derived = derived or {}

    @classmethod
    def of(cls, parts: Iterable[tuple[Store, Sequence[str]]], derived: Derived | None = None) -> Results:
        """Return the results of these runs of each experiment."""
        stores: list[Store] = []
        run_ids: list[str] = []
        for store, its_runs in parts:
            stores += [store] * len(its_runs)
            run_ids += its_runs
        return cls(stores, run_ids, derived)

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
            return Results(self._stores[index], self._run_ids[index], self._derived)
        return self._read(self._stores[index], self._run_ids[index])

    @property
    def successful(self) -> Results:
        """The runs that succeeded."""
        return self.filter(status=Status.SUCCESS)

    @property
    def failed(self) -> Results:
        """The runs that failed."""
        return self.filter(status=Status.FAILED)

    def filter(self, predicate: Callable[[Run], bool] | None = None, **wanted: Any) -> Results:
        """Return the runs for which `predicate` is true and every name has the value that is wanted.

        A name is a column of the record (`status="failed"`), a parameter or a metric, in this order, or one of these
        by its name in the table (`param.<name>`, `metric.<name>`). A value is wanted as it was given to the run: enum
        members and arrays are found too. Raises `UnknownNameError` for what no run has.
        """
        if wanted.get("status", Status.SUCCESS) not in set(Status):
            raise UnknownNameError("status", wanted["status"], Status)
        stores, run_ids, missing = [], [], set(wanted)
        fitting = {name: (value, loads(dumps(value, name, lenient=True))) for name, value in wanted.items()}
        for store, run_id, run in self._readable():
            found = {name: _look_up(run, name) for name in wanted}
            missing -= {name for name, values in found.items() if values}
            fits = all(values and _is_any_of(values[0], fitting[name]) for name, values in found.items())
            if fits and (predicate is None or predicate(run)):
                stores.append(store)
                run_ids.append(run_id)
        if missing and len(self):
            raise UnknownNameError("column", min(missing), Table(self[:100]).columns)
        return Results(stores, run_ids, self._derived)

    def with_derived(self, derived: Any) -> Results:
        """Return the same runs with derived metrics: a mapping of names to functions of a `Run`, or functions."""
        return Results(self._stores, self._run_ids, checked_derived(derived))

    def table(self, as_dataframe: bool = False) -> list[dict[str, Any]] | pd.DataFrame:
        """Return a row a run: columns of the record, parameters, metrics; see `results.table`."""
        return self.to_dataframe() if as_dataframe else Table(self).as_rows()

    def to_dataframe(self) -> pd.DataFrame:
        """Return the table as a pandas DataFrame.

        Raises:
            ImportError: pandas is not installed.
        """
        return Table(self).to_dataframe()

    def to_csv(self, path: str | Path) -> None:
        """Write the table as CSV."""
        Table(self).to_csv(path)

    def summary(self) -> dict[str, Any]:
        """Return how many runs there are, in all and by status, and the sum of their durations in milliseconds."""
        counts: Counter[str] = Counter()
        duration = 0.0
        for run in self:
            counts[run.status.value] += 1
            duration += run.duration_ms
        return {
            "total": len(self),
            **{status.value: counts[status.value] for status in Status},
            "duration_ms": duration,
        }

    def display(self, group_by: str | Sequence[str] = (), console: Any = None) -> None:
        """Print the runs, or with `group_by` the means of their metrics for each combination of those columns."""
        from .display import display_results

        display_results(self, console=console, group_by=group_by)

    def _readable(self) -> Iterator[tuple[Store, str, Run]]:
        for store, run_id in zip(self._stores, self._run_ids, strict=True):
            try:
                run = self._read(store, run_id)
            except UnknownRunError:
                continue  # deleted, or set aside, since it was listed
            except CorruptRecordError as error:
                LOGGER.warning("run %s is left out: %s", run_id, error)
            else:
                yield store, run_id, run

    def _read(self, store: Store, run_id: str) -> Run:
        return Run(store.get_run_record(run_id), store, self._derived)

    def __repr__(self) -> str:
        experiments = sorted({store.experiment_id for store in self._stores})
        return f"<{len(self)} results of {', '.join(experiments) or 'nothing'}>"


def load_results(store: Any, experiment_id: str | None = None) -> Results:
    """Return what `run` wrote under the same path: every run of one experiment, or of all, in order of run id.

    Raises:
        StoreError: there is no store, or it cannot be read.
        InvalidInputError: the store does not hold the experiment; the message lists those it holds.
    """
    return Results.of((part, sorted(part.run_ids())) for part in _parts(store, experiment_id))


def _parts(store: Any, experiment_id: str | None) -> list[Store]:
    scoped = experiment_id or getattr(store, "experiment_id", None)
    if scoped is not None:
        return [open_store(store, scoped, create=False)]
    return list(FileStore(store).parts() if not isinstance(store, FileStore) else store.parts())


def _look_up(run: Run, name: str) -> list[Any]:
    """Return the value under a name in a list, or an empty list where the run has no such name."""
    if name in RECORD_COLUMNS:
        return [dict(zip(RECORD_COLUMNS, record_cells(run), strict=True))[name]]
    for prefix, values in (("", run.params), ("", run.metrics), (PARAM, run.params), (METRIC, run.metrics)):
        if name.startswith(prefix) and name[len(prefix) :] in values:
            return [values[name[len(prefix) :]]]
    return []


def _is_any_of(value: Any, fitting: Iterable[Any]) -> bool:
    """Return whether a value equals any of these; arrays, which cannot say so themselves, by all that is in them."""
    for one in fitting:
        try:
            if value == one:
                return True
        except ValueError:
            if equality_key(value) == equality_key(one):
                return True
    return False
