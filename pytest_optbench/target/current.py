"""The handle generation: `run` returns a handle, stores are scoped, records have parameters."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from .dask import dask_executor
from .dataframes import results_frame
from .dialect import Counts, EventCallback, ExecutorKind, ExperimentSpec, RunOptions, parts_present
from .grid_features import grid_features
from .locators import located, open_database
from .run_keywords import quietly
from .slurm import listed, slurm_executor

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
    "inline": ("InlineExecutor",),
    "thread": ("ThreadExecutor",),
    "process": ("ProcessExecutor",),
    "shared-executor": ("ThreadExecutor",),
    "data": ("Run", "data"),
    "results": ("load_results",),
    "random": ("random",),
    "grid-algebra": ("grid_union",),
    "slurm": ("SlurmExecutor",),
    "dask": ("DaskExecutor",),
    "postgresql": ("PostgresStoreConfig",),
    "sqlite": ("SqlStoreConfig",),
}
STORE_PARTS = {"check": ("check",), "delete": ("delete_run",), "logs": ("get_log", "log")}
EXECUTORS: Mapping[ExecutorKind, str] = {
    "inline": "InlineExecutor",
    "thread": "ThreadExecutor",
    "process": "ProcessExecutor",
}


class CurrentDialect:
    """Today's metalab, the embedded engine, and other modules with their interface."""

    def features(self, module: ModuleType) -> Iterable[str]:
        """Yield the optional parts, by attributes of the module and by trying a grid of two points."""
        yield from ALWAYS
        yield from parts_present(module, PARTS)
        if hasattr(module, "SqlStoreConfig"):
            yield "postgresql"
        if any(hasattr(getattr(module, "Run", None), part) for part in ("series", "list_data")):
            yield "steps"
        yield from grid_features(module)
        yield from _store_features(module)

    def operation(self, module: ModuleType, function: Callable[..., Any], name: str) -> Any:
        """Decorate the body unchanged: bodies are written for this generation."""
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
        """Return an executor that takes any number of experiments."""
        if kind == "slurm":
            return slurm_executor(module, workers)
        if kind == "dask":
            return dask_executor(module, workers)
        made = getattr(module, EXECUTORS[kind])
        return made() if kind == "inline" else made(max_workers=workers)

    def launch(
        self, module: ModuleType, experiment: Any, options: RunOptions, on_event: EventCallback | None
    ) -> CurrentLaunch:
        """Start the sweep; returns when the target returns its handle."""
        new_executor = None if options.shared is not None else self.executor(module, options.executor, options.workers)
        try:
            handle = module.run(
                listed(module, experiment) if options.executor == "slurm" and new_executor is not None else experiment,
                store=located(options.store),
                executor=options.shared if new_executor is None else new_executor,
                resume=options.resume,
                progress=True if options.progress else None,
                on_event=on_event,
                **quietly(module.run),
            )
        except BaseException:
            _shut_down(new_executor, wait=False)
            raise
        return CurrentLaunch(handle, new_executor)

    def reader(self, module: ModuleType, store: str, experiment_id: str) -> CurrentReader:
        """Open a store for one experiment."""
        return CurrentReader(module, located(store), experiment_id)

    def dataframe(self, module: ModuleType, store: str, experiment_id: str) -> Any:
        """Return the frame of the target's results."""
        return results_frame(module, store, experiment_id)


class CurrentLaunch:
    """A running sweep, with the target's own handle."""

    def __init__(self, handle: Any, executor: Any) -> None:
        self.handle = handle
        self.results: Any = None
        self._executor = executor

    def begin(self) -> None:
        """Do nothing: the target has been running since it returned the handle."""

    def finish(self) -> None:
        """Wait for the target's results."""
        self.results = self.handle.result()

    def is_complete(self) -> bool:
        """Return whether every run ended, as the target reports."""
        return bool(self.handle.is_complete)

    def cancel(self) -> None:
        """Cancel the runs that have not started."""
        self.handle.cancel()

    def counts(self) -> Counts:
        """Return the target's own status."""
        status = self.handle.status
        return Counts(**{name: int(getattr(status, name, 0)) for name in Counts.__dataclass_fields__})

    def close(self, *, wait: bool) -> None:
        """Shut down the executor that was made for this sweep."""
        _shut_down(self._executor, wait=wait)


def _shut_down(executor: Any, *, wait: bool) -> None:
    if executor is not None and hasattr(executor, "shutdown"):
        executor.shutdown(wait=wait)


class CurrentReader:
    """A store of this generation, opened scoped to the experiment, as `run` wrote it.

    Records of other experiments in the folder of that one are read too, so that an audit sees them; a database holds
    those of any number of experiments, and is asked for those of this one.
    """

    def __init__(self, module: ModuleType, locator: str, experiment_id: str) -> None:
        self._module = module
        self._locator = locator
        self._experiment_id = experiment_id
        self._in_database = "://" in locator
        self.store: Any = None
        if self._in_database:
            self.store = open_database(module, locator, experiment_id)
        elif hasattr(module, "FileStoreConfig"):
            self.store = module.FileStoreConfig(root=locator, experiment_id=experiment_id).connect()

    def entries(self) -> Iterator[CurrentEntry]:
        """Yield every run in the experiment's folder, in the target's order."""
        if self.store is None:
            results = self._module.load_results(self._locator, experiment_id=self._experiment_id)
            yield from (CurrentEntry(run, getattr(results, "store", None)) for run in results)
            return
        if self._in_database:
            records = self.store.list_run_records(self._experiment_id)
        else:
            records = getattr(self.store, "records", self.store.list_run_records)()
        yield from (CurrentEntry(self._module.Run(record, self.store), self.store) for record in records)

    def entry(self, run_id: str) -> CurrentEntry | None:
        """Return one run, without reading the others if the target has a store object."""
        if self.store is None:
            return next((entry for entry in self.entries() if entry.record.run_id == run_id), None)
        record = self.store.get_run_record(run_id)
        return None if record is None else CurrentEntry(self._module.Run(record, self.store), self.store)

    def problems(self) -> Iterable[str]:
        """Return the problems that the store itself reports."""
        return [str(problem) for problem in getattr(self.store, "set_aside", ())]

    def close(self) -> None:
        """Close the store, if it can be closed."""
        if hasattr(self.store, "close"):
            self.store.close()


class CurrentEntry:
    """One run of a store of this generation."""

    def __init__(self, run: Any, store: Any) -> None:
        self._run = run
        self._store = store
        self.record = run.record

    def params(self) -> Mapping[str, Any]:
        """Return the resolved parameters."""
        return dict(self.record.params_resolved)

    def descriptors(self) -> Iterable[Any]:
        """Return the artifacts that the store lists for this run: descriptors, or names of those in the record."""
        recorded = {artifact.name: artifact for artifact in self.record.artifacts}
        listed = self._run.artifacts()
        return [recorded[artifact] if isinstance(artifact, str) else artifact for artifact in listed]

    def load(self, name: str) -> Any:
        """Return an artifact's value."""
        return self._run.artifact(name)

    def series(self) -> Mapping[str, Iterable[tuple[Any, Any]]]:
        """Return the stepped metrics: from `store.series`, or from structured results of that type."""
        if hasattr(self._store, "series"):
            stored = self._store.series(self.record.run_id)
            return {
                name: list(zip(_plain(steps), _plain(values), strict=True)) for name, (steps, values) in stored.items()
            }
        return {name: [(step, value) for step, value in result["data"]] for name, result in self._results(stepped=True)}

    def data(self) -> Mapping[str, Any]:
        """Return the structured results other than stepped metrics."""
        if hasattr(self._store, "get_result"):
            return {name: self._run.data(name) for name, _ in self._results(stepped=False)}
        listed = getattr(self._run, "list_data", tuple)
        return {name: self._run.data(name) for name in listed()}

    @property
    def calls(self) -> Mapping[str, tuple[str, str]]:
        """The calls that list and read each kind; stepped metrics are data if the store does not separate them."""
        listed = "list_results" if hasattr(self._store, "list_results") else "Run.artifacts"
        data = (listed, "Run.data")
        series = ("store.series", "Run.series") if hasattr(self._store, "series") else data
        return {"series": series, "artifacts": ("Run.artifacts", "Run.artifact"), "data": data}

    def series_named(self, name: str) -> Iterable[tuple[Any, Any]]:
        """Return one stepped metric by its name; if there is none, the target raises."""
        if not hasattr(self._store, "series"):
            return [(step, value) for step, value in self._run.data(name)]
        steps, values = self._run.series(name)
        return list(zip(_plain(steps), _plain(values), strict=True))

    def data_named(self, name: str) -> Any:
        """Return one structured result by its name."""
        return self._run.data(name)

    def log(self) -> str | None:
        """Return the run's log."""
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
    """Yield the optional parts of a store, by opening an empty one: the module need not export its class."""
    with tempfile.TemporaryDirectory(prefix="optbench-") as folder:
        try:
            reader = CurrentReader(module, folder, "probe:1")
            offered = [
                feature for feature, names in STORE_PARTS.items() if any(hasattr(reader.store, n) for n in names)
            ]
            reader.close()
        except Exception:  # noqa: BLE001 - a store that cannot be opened offers nothing; scenarios will report it
            return
    yield from offered


def _plain(values: Any) -> list[Any]:
    return values.tolist() if hasattr(values, "tolist") else list(values)
