"""The handle generation: `run` returns a handle, stores are scoped, records carry parameters."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from .dialect import Counts, EventCallback, ExecutorKind, ExperimentSpec, RunOptions, located, parts_present

ALWAYS = (
    "cancel",
    "status",
    "events",
    "progress",
    "params",
    "fingerprints",
    "callable-resolver",
    "scoped-store",
)
PARTS = {
    "thread": ("ThreadExecutor",),
    "process": ("ProcessExecutor",),
    "shared-executor": ("ThreadExecutor",),
    "data": ("Run", "data"),
    "results": ("load_results",),
    "random": ("random",),
    "grid-algebra": ("grid_union",),
    "slurm": ("SlurmExecutor",),
}
STORE_PARTS = {"check": ("check",), "delete": ("delete_run",), "logs": ("get_log", "log")}
EXECUTORS: Mapping[ExecutorKind, str] = {"thread": "ThreadExecutor", "process": "ProcessExecutor"}


class CurrentDialect:
    """Today's metalab, the embedded engine, and whatever offers their interface."""

    def features(self, module: ModuleType) -> Iterable[str]:
        """The optional parts, by looking and by asking a grid of two points."""
        yield from ALWAYS
        yield from parts_present(module, PARTS)
        if any(hasattr(getattr(module, "Run", None), part) for part in ("series", "list_data")):
            yield "steps"
        yield from grid_features(module)
        yield from _store_features(module)

    def operation(self, module: ModuleType, function: Callable[..., Any], name: str) -> Any:
        """Decorate as is: bodies are written to this generation."""
        return module.operation(name=name)(function)

    def experiment(self, module: ModuleType, spec: ExperimentSpec) -> Any:
        """Build an Experiment."""
        return module.Experiment(
            name=spec.name,
            version=spec.version,
            context=spec.context,
            operation=spec.operation,
            params=spec.params,
            seeds=module.seeds(base=spec.seeds[0], replicates=spec.seeds[1]),
            description=spec.description or None,
            tags=list(spec.tags),
            param_resolver=spec.resolver,
        )

    def executor(self, module: ModuleType, kind: ExecutorKind, workers: int) -> Any:
        """An executor that takes any number of experiments."""
        return getattr(module, EXECUTORS[kind])(max_workers=workers)

    def launch(
        self, module: ModuleType, experiment: Any, drive: RunOptions, on_event: EventCallback | None
    ) -> CurrentLaunch:
        """Start the sweep; returns when the target hands over its handle."""
        own = None if drive.shared is not None else self.executor(module, drive.executor, drive.workers)
        try:
            handle = module.run(
                experiment,
                store=located(drive.store),
                executor=drive.shared if own is None else own,
                resume=drive.resume,
                progress=True if drive.progress else None,
                on_event=on_event,
                verbose=False,
            )
        except BaseException:
            _shut(own, wait=False)
            raise
        return CurrentLaunch(handle, own)

    def reader(self, module: ModuleType, store: str, experiment_id: str) -> CurrentReader:
        """Open a store for one experiment."""
        return CurrentReader(module, store, experiment_id)


class CurrentLaunch:
    """A sweep behind the target's own handle."""

    def __init__(self, handle: Any, executor: Any) -> None:
        self.handle = handle
        self.results: Any = None
        self._executor = executor

    def begin(self) -> None:
        """Nothing to do: the target is at work since it gave the handle."""

    def finish(self) -> None:
        """Wait for the target's results."""
        self.results = self.handle.result()

    def is_complete(self) -> bool:
        """Whether every run ended, as the target says."""
        return bool(self.handle.is_complete)

    def cancel(self) -> None:
        """Cancel what has not begun."""
        self.handle.cancel()

    def counts(self) -> Counts:
        """The target's own status."""
        status = self.handle.status
        return Counts(**{name: int(getattr(status, name, 0)) for name in Counts.__dataclass_fields__})

    def close(self, *, wait: bool) -> None:
        """Shut the executor down that was made for this sweep."""
        _shut(self._executor, wait=wait)


def _shut(executor: Any, *, wait: bool) -> None:
    if executor is not None and hasattr(executor, "shutdown"):
        executor.shutdown(wait=wait)


class CurrentReader:
    """A store of this generation; a folder is opened scoped to the experiment, as `run` wrote it.

    Records of other experiments that lie there are read too: whoever judges the store is to see them.
    """

    def __init__(self, module: ModuleType, store: str, experiment_id: str) -> None:
        self._module = module
        self._locator = located(store)
        self._experiment_id = experiment_id
        self.store: Any = None
        if hasattr(module, "FileStoreConfig") and "://" not in store:
            self.store = module.FileStoreConfig(root=self._locator, experiment_id=experiment_id).connect()

    def entries(self) -> Iterator[CurrentEntry]:
        """Every run in the experiment's place, in the target's order."""
        if self.store is None:
            results = self._module.load_results(self._locator, experiment_id=self._experiment_id)
            yield from (CurrentEntry(run, getattr(results, "store", None)) for run in results)
            return
        stream = getattr(self.store, "records", self.store.list_run_records)
        yield from (CurrentEntry(self._module.Run(record, self.store), self.store) for record in stream())

    def entry(self, run_id: str) -> CurrentEntry | None:
        """One run, without reading the others where the target has a store to ask."""
        if self.store is None:
            return next((entry for entry in self.entries() if entry.record.run_id == run_id), None)
        record = self.store.get_run_record(run_id)
        return None if record is None else CurrentEntry(self._module.Run(record, self.store), self.store)

    def problems(self) -> Iterable[str]:
        """What the store itself says it could not use."""
        return [str(problem) for problem in getattr(self.store, "set_aside", ())]

    def close(self) -> None:
        """Let go of the store, where it has something to let go of."""
        if hasattr(self.store, "close"):
            self.store.close()


class CurrentEntry:
    """One run of a store of this generation."""

    def __init__(self, run: Any, store: Any) -> None:
        self._run = run
        self._store = store
        self.record = run.record

    def params(self) -> Mapping[str, Any]:
        """The resolved parameters."""
        return dict(self.record.params_resolved)

    def descriptors(self) -> Iterable[Any]:
        """What the store lists as this run's artifacts: descriptors, or names of those in the record."""
        recorded = {artifact.name: artifact for artifact in self.record.artifacts}
        listed = self._run.artifacts()
        return [recorded[found] if isinstance(found, str) else found for found in listed]

    def load(self, name: str) -> Any:
        """An artifact's value."""
        return self._run.artifact(name)

    def series(self) -> Mapping[str, Iterable[tuple[Any, Any]]]:
        """The stepped metrics: by `store.series`, or from structured results that say they are stepped."""
        if hasattr(self._store, "series"):
            stored = self._store.series(self.record.run_id)
            return {
                name: list(zip(_plain(steps), _plain(values), strict=True)) for name, (steps, values) in stored.items()
            }
        return {name: [(step, value) for step, value in result["data"]] for name, result in self._results(stepped=True)}

    def data(self) -> Mapping[str, Any]:
        """The structured results that are no stepped metrics."""
        if hasattr(self._store, "get_result"):
            return {name: self._run.data(name) for name, _ in self._results(stepped=False)}
        listed = getattr(self._run, "list_data", tuple)
        return {name: self._run.data(name) for name in listed()}

    @property
    def ways(self) -> Mapping[str, tuple[str, str]]:
        """Stepped metrics are data where the store does not keep them apart."""
        listed = "list_results" if hasattr(self._store, "list_results") else "Run.artifacts"
        data = (listed, "Run.data")
        series = ("store.series", "Run.series") if hasattr(self._store, "series") else data
        return {"series": series, "artifacts": ("Run.artifacts", "Run.artifact"), "data": data}

    def series_named(self, name: str) -> Iterable[tuple[Any, Any]]:
        """One stepped metric by its name; raises whatever the target raises where there is none."""
        if not hasattr(self._store, "series"):
            return [(step, value) for step, value in self._run.data(name)]
        steps, values = self._run.series(name)
        return list(zip(_plain(steps), _plain(values), strict=True))

    def data_named(self, name: str) -> Any:
        """One structured result by its name."""
        return self._run.data(name)

    def log(self) -> str | None:
        """The run's log."""
        log: str | None = None
        if hasattr(self._store, "get_log"):
            log = self._store.get_log(self.record.run_id, "run")
        elif hasattr(self._store, "log"):
            log = self._store.log(self.record.run_id)
        return log

    def _results(self, *, stepped: bool) -> Iterator[tuple[str, Any]]:
        if not hasattr(self._store, "get_result"):
            return
        for name in self._store.list_results(self.record.run_id):
            result = self._store.get_result(self.record.run_id, name)
            if result is not None and stepped == ((result.get("metadata") or {}).get("type") == "stepped_metric"):
                yield name, result


def _store_features(module: ModuleType) -> Iterator[str]:
    """What a store can do, by opening an empty one: its class is not always what the module exports."""
    with tempfile.TemporaryDirectory(prefix="optbench-") as folder:
        try:
            reader = CurrentReader(module, folder, "probe:1")
            offered = [
                feature for feature, names in STORE_PARTS.items() if any(hasattr(reader.store, n) for n in names)
            ]
            reader.close()
        except Exception:  # noqa: BLE001 - a store that cannot be opened offers nothing; its scenario will say so
            return
    yield from offered


def _plain(values: Any) -> list[Any]:
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _slices(grid: Any) -> bool:
    try:
        return len(list(grid[0:1])) == 1
    except (TypeError, AttributeError):
        return False


def grid_features(module: ModuleType) -> Iterator[str]:
    """What a grid of the module can do besides being walked."""
    try:
        grid = module.grid(a=[1, 2])
        offered = {
            "length": hasattr(grid, "__len__"),
            "indexing": hasattr(grid, "__getitem__"),
            "size": hasattr(grid, "size"),
            "slicing": _slices(grid),
            "sharding": hasattr(grid, "shard"),
            "sampling": hasattr(grid, "sample"),
            "conditions": hasattr(grid, "when"),
        }
    except Exception:  # noqa: BLE001 - a grid that cannot be made offers nothing; its scenario will say so
        return
    yield from (feature for feature, there in offered.items() if there)
