"""The facade generation, metalab's first release: `run` blocks; capture, runtime and records have fewer parts."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from pytest_optbench.errors import MissingFeatureError

from .dialect import Counts, EventCallback, ExecutorKind, ExperimentSpec, RunOptions, parts_present
from .grid_features import grid_features
from .locators import located

ALWAYS = ("thread", "process", "events", "progress")
PARTS = {"random": ("random",), "check": ("FileStore", "check"), "delete": ("FileStore", "delete_run")}
NAMES: Mapping[ExecutorKind, str] = {"thread": "threads", "process": "processes"}


class FirstReleaseDialect:
    """The first release of metalab."""

    def features(self, module: ModuleType) -> Iterable[str]:
        """Yield the features of the module; stepped metrics, logs and parameters are accepted but not stored."""
        yield from ALWAYS
        yield from parts_present(module, PARTS)
        yield from grid_features(module)

    def operation(self, module: ModuleType, function: Callable[..., Any], name: str) -> Any:
        """Decorate a function that is written for the handle generation."""
        return module.operation(name=name)(_adapt(module, function))

    def experiment(self, module: ModuleType, spec: ExperimentSpec) -> Any:
        """Build an Experiment, which has no description."""
        resolver = spec.resolver
        return module.Experiment(
            name=spec.name,
            version=spec.version,
            context=spec.context,
            operation=spec.operation,
            params=spec.params,
            seeds=module.seeds(base=spec.seeds[0], replicates=spec.seeds[1]),
            tags=list(spec.tags),
            param_resolver=_ResolverObject(resolver)
            if callable(resolver) and not hasattr(resolver, "resolve")
            else resolver,
        )

    def executor(self, module: ModuleType, kind: ExecutorKind, workers: int) -> Any:  # noqa: ARG002 - always refused
        """Refuse: a run of this generation closes its executor, so none can be shared."""
        raise MissingFeatureError(f"{module.__name__} closes an executor with the sweep that used it")

    def launch(
        self, module: ModuleType, experiment: Any, options: RunOptions, on_event: EventCallback | None
    ) -> FirstReleaseLaunch:
        """Prepare the sweep; it runs within `finish`, or on a thread after `begin`."""
        call = functools.partial(
            module.run,
            experiment,
            store=located(options.store),
            executor=NAMES[options.executor],
            max_workers=options.workers,
            resume=options.resume,
            progress=options.progress,
        )
        return FirstReleaseLaunch(call, on_event)

    def reader(self, module: ModuleType, store: str, experiment_id: str) -> FirstReleaseReader:
        """Open a store, which holds the runs of any number of experiments."""
        return FirstReleaseReader(module, store, experiment_id)

    def dataframe(self, module: ModuleType, store: str, experiment_id: str) -> Any:
        """Return the table of a handle, which is made of all records."""
        opened = module.FileStore(located(store))
        return module.ResultHandle(opened, list(opened.list_run_records(experiment_id))).table(as_dataframe=True)


def _adapt(module: ModuleType, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return an operation of this generation that calls `function` with the arguments that its signature names.

    It returns a record, as this generation requires. `functools.wraps` keeps the reference and the source of the
    function, which make up its identity.
    """
    requested = frozenset(inspect.signature(function).parameters)

    @functools.wraps(function)
    def operation(context: Any, params: Any, seeds: Any, runtime: Any, capture: Any) -> Any:
        offered = {
            "context": context,
            "params": params,
            "seeds": seeds,
            "runtime": _Runtime(runtime),
            "capture": _Capture(module.__name__, capture),
        }
        returned = function(**{name: value for name, value in offered.items() if name in requested})
        return module.RunRecord.success() if returned is None else returned

    return operation


class _Capture:
    """A capture of the first release, under the method names of today's."""

    def __init__(self, target: str, capture: Any) -> None:
        self._target = target
        self._capture = capture

    def log_metrics(self, values: Mapping[str, Any], step: int | None = None) -> None:
        self._capture.metrics(dict(values), step=step)

    def log(self, message: str, level: str = "info") -> None:
        self._capture.log({"message": message, "level": level})

    def __getattr__(self, name: str) -> Any:
        if name in {"data", "figure", "subscribe_logger"}:
            raise MissingFeatureError(f"{self._target} does not offer capture.{name}")
        return getattr(self._capture, name)


class _Runtime:
    """A runtime of the first release, with the metadata that it lacks."""

    metadata: Mapping[str, Any] = {}

    def __init__(self, runtime: Any) -> None:
        self._runtime = runtime

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)


class _ResolverObject:
    """A resolver function as the object that this generation requires."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def resolve(self, context_meta: Any, params_raw: Any) -> Any:
        return self._function(context_meta, params_raw)


class FirstReleaseLaunch:
    """A blocking sweep, whose counts come from its events."""

    def __init__(self, call: Callable[..., Any], on_event: EventCallback | None) -> None:
        self._call = call
        self._on_event = on_event
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._ended = False
        self.results: Any = None
        self._event_counts: dict[str, int] = {}

    def begin(self) -> None:
        """Run the sweep on a thread of its own."""
        self._thread = threading.Thread(target=self._call_and_keep_outcome, name="optbench-sweep", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Run the sweep, or wait for the thread that runs it."""
        if self._thread is None:
            self._call_and_keep_outcome()
        else:
            self._thread.join()
        if self._error is not None:
            raise self._error

    def is_complete(self) -> bool:
        """Return whether the call returned."""
        return self._ended

    def cancel(self) -> None:
        """Refuse: only the end of its process stops a sweep of this generation."""
        raise MissingFeatureError("a sweep of the facade generation cannot be cancelled")

    def counts(self) -> Counts:
        """Return the counts from events; a run that is submitted counts as started."""
        count = self._event_counts.get
        completed, failed, skipped = count("run_finished", 0), count("run_failed", 0), count("run_skipped", 0)
        total = skipped + count("run_started", 0)
        return Counts(total, completed, failed, skipped, pending=max(0, total - completed - failed - skipped))

    def close(self, *, wait: bool) -> None:
        """Do nothing: `run` closes its executor."""

    def _call_and_keep_outcome(self) -> None:
        try:
            self.results = self._call(on_event=self._count)
        except BaseException as error:  # noqa: BLE001 - raised again by `finish`, in the thread that waits
            self._error = error
        finally:
            self._ended = True

    def _count(self, event: Any) -> None:
        kind = str(getattr(event.kind, "value", event.kind))
        self._event_counts[kind] = self._event_counts.get(kind, 0) + 1  # this generation emits from one thread
        if self._on_event is not None:
            self._on_event(event)


class FirstReleaseReader:
    """A store of the first release."""

    def __init__(self, module: ModuleType, store: str, experiment_id: str) -> None:
        self._module = module
        self._experiment_id = experiment_id
        self.store = module.FileStore(located(store))

    def entries(self) -> Iterator[FirstReleaseEntry]:
        """Yield every run of the experiment, in the target's order."""
        for record in self.store.list_run_records(self._experiment_id):
            yield FirstReleaseEntry(self._module, self.store, record)

    def entry(self, run_id: str) -> FirstReleaseEntry | None:
        """Return one run, without reading the others."""
        record = self.store.get_run_record(run_id)
        return None if record is None else FirstReleaseEntry(self._module, self.store, record)

    def problems(self) -> Iterable[str]:
        """Return nothing: this store only logs its problems."""
        return ()

    def close(self) -> None:
        """Do nothing: nothing is open."""


class FirstReleaseEntry:
    """One run of a store of the first release."""

    def __init__(self, module: ModuleType, store: Any, record: Any) -> None:
        self._results = module.ResultHandle(store, [record])
        self._store = store
        self.record = record

    def params(self) -> None:
        """Return None: records of this generation have no parameters."""

    def descriptors(self) -> Iterable[Any]:
        """Return the artifacts that the store lists for this run."""
        return list(self._store.list_artifacts(self.record.run_id))

    def load(self, name: str) -> Any:
        """Return an artifact's value."""
        return self._results.load(self.record.run_id, name)

    def series(self) -> Mapping[str, Iterable[tuple[Any, Any]]]:
        """Return nothing: stepped metrics are accepted but not stored."""
        return {}

    def data(self) -> Mapping[str, Any]:
        """Return nothing: there are no structured results."""
        return {}

    @property
    def calls(self) -> Mapping[str, tuple[str, str]]:
        """The calls that list and read artifacts, the only kind that is stored."""
        return {"artifacts": ("store.list_artifacts", "ResultHandle.load")}

    def series_named(self, name: str) -> Iterable[tuple[Any, Any]]:
        """Raise KeyError: stepped metrics are accepted but not stored."""
        raise KeyError(name)

    def data_named(self, name: str) -> Any:
        """Raise KeyError: there are no structured results."""
        raise KeyError(name)

    def log(self) -> str | None:
        """Return None: logs are accepted but not stored."""
        return None
