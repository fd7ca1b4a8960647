"""The facade generation, metalab's first release: `run` blocks; capture, runtime and records know less."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from pytest_optbench.errors import MissingFeatureError

from .current import grid_features
from .dialect import Counts, EventCallback, ExecutorKind, ExperimentSpec, RunOptions, located, parts_present

ALWAYS = ("thread", "process", "events", "progress")
PARTS = {"random": ("random",), "check": ("FileStore", "check"), "delete": ("FileStore", "delete_run")}
NAMES: Mapping[ExecutorKind, str] = {"thread": "threads", "process": "processes"}


class FirstReleaseDialect:
    """The first release of metalab."""

    def features(self, module: ModuleType) -> Iterable[str]:
        """The optional parts; stepped metrics, logs and parameters are taken and not stored."""
        yield from ALWAYS
        yield from parts_present(module, PARTS)
        yield from grid_features(module)

    def operation(self, module: ModuleType, function: Callable[..., Any], name: str) -> Any:
        """Decorate a body that is written to the handle generation."""
        return module.operation(name=name)(_adapted(module, function))

    def experiment(self, module: ModuleType, spec: ExperimentSpec) -> Any:
        """Build an Experiment; it has no place for a description."""
        resolver = spec.resolver
        return module.Experiment(
            name=spec.name,
            version=spec.version,
            context=spec.context,
            operation=spec.operation,
            params=spec.params,
            seeds=module.seeds(base=spec.seeds[0], replicates=spec.seeds[1]),
            tags=list(spec.tags),
            param_resolver=_Resolving(resolver)
            if callable(resolver) and not hasattr(resolver, "resolve")
            else resolver,
        )

    def executor(self, module: ModuleType, kind: ExecutorKind, workers: int) -> Any:  # noqa: ARG002 - refused whatever they are
        """Executors of this generation are closed by the run that uses them: there is none to share."""
        raise MissingFeatureError(f"{module.__name__} closes an executor with the sweep that used it")

    def launch(
        self, module: ModuleType, experiment: Any, drive: RunOptions, on_event: EventCallback | None
    ) -> FirstReleaseLaunch:
        """Prepare the sweep; it runs while `finish` waits, or behind `begin`."""
        call = functools.partial(
            module.run,
            experiment,
            store=located(drive.store),
            executor=NAMES[drive.executor],
            max_workers=drive.workers,
            resume=drive.resume,
            progress=drive.progress,
        )
        return FirstReleaseLaunch(call, on_event)

    def reader(self, module: ModuleType, store: str, experiment_id: str) -> FirstReleaseReader:
        """Open a store, which holds the runs of any number of experiments."""
        return FirstReleaseReader(module, store, experiment_id)


def _adapted(module: ModuleType, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that passes what the body asks for and returns the record that this generation wants.

    `functools.wraps` keeps the body's reference and source, which make up its identity.
    """
    asked = frozenset(inspect.signature(function).parameters)

    @functools.wraps(function)
    def operation(context: Any, params: Any, seeds: Any, runtime: Any, capture: Any) -> Any:
        offered = {
            "context": context,
            "params": params,
            "seeds": seeds,
            "runtime": _Runtime(runtime),
            "capture": _Capture(module.__name__, capture),
        }
        returned = function(**{name: value for name, value in offered.items() if name in asked})
        return module.RunRecord.success() if returned is None else returned

    return operation


class _Capture:
    """A capture of the first release that answers to today's names."""

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


class _Resolving:
    """A resolver function as the object that this generation asks for."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def resolve(self, context_meta: Any, params_raw: Any) -> Any:
        return self._function(context_meta, params_raw)


class FirstReleaseLaunch:
    """A blocking sweep; its counts are those of its events."""

    def __init__(self, call: Callable[..., Any], on_event: EventCallback | None) -> None:
        self._call = call
        self._on_event = on_event
        self._thread: threading.Thread | None = None
        self._raised: BaseException | None = None
        self._ended = False
        self.results: Any = None
        self._seen: dict[str, int] = {}

    def begin(self) -> None:
        """Run it on a thread of its own."""
        self._thread = threading.Thread(target=self._keep, name="optbench-sweep", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Run it here, or wait for the thread that does."""
        if self._thread is None:
            self._keep()
        else:
            self._thread.join()
        if self._raised is not None:
            raise self._raised

    def is_complete(self) -> bool:
        """Whether the call returned."""
        return self._ended

    def cancel(self) -> None:
        """Refused: nothing can stop a sweep of this generation but the end of its process."""
        raise MissingFeatureError("a sweep of the facade generation cannot be cancelled")

    def counts(self) -> Counts:
        """Counted from events: a run is announced started when it is submitted."""
        seen = self._seen.get
        completed, failed, skipped = seen("run_finished", 0), seen("run_failed", 0), seen("run_skipped", 0)
        total = skipped + seen("run_started", 0)
        return Counts(total, completed, failed, skipped, pending=max(0, total - completed - failed - skipped))

    def close(self, *, wait: bool) -> None:
        """Nothing to give back: `run` closes its executor."""

    def _keep(self) -> None:
        try:
            self.results = self._call(on_event=self._count)
        except BaseException as error:  # noqa: BLE001 - raised again by `finish`, in the thread that waits
            self._raised = error
        finally:
            self._ended = True

    def _count(self, event: Any) -> None:
        kind = str(getattr(event.kind, "value", event.kind))
        self._seen[kind] = self._seen.get(kind, 0) + 1  # this generation emits from one thread
        if self._on_event is not None:
            self._on_event(event)


class FirstReleaseReader:
    """A store of the first release."""

    def __init__(self, module: ModuleType, store: str, experiment_id: str) -> None:
        self._module = module
        self._experiment_id = experiment_id
        self.store = module.FileStore(located(store))

    def entries(self) -> Iterator[FirstReleaseEntry]:
        """Every run of the experiment, in the target's order."""
        for record in self.store.list_run_records(self._experiment_id):
            yield FirstReleaseEntry(self._module, self.store, record)

    def entry(self, run_id: str) -> FirstReleaseEntry | None:
        """One run, without reading the others."""
        record = self.store.get_run_record(run_id)
        return None if record is None else FirstReleaseEntry(self._module, self.store, record)

    def problems(self) -> Iterable[str]:
        """None but those it logs."""
        return ()

    def close(self) -> None:
        """Nothing is open."""


class FirstReleaseEntry:
    """One run of a store of the first release."""

    def __init__(self, module: ModuleType, store: Any, record: Any) -> None:
        self._results = module.ResultHandle(store, [record])
        self._store = store
        self.record = record

    def params(self) -> None:
        """Records of this generation carry none."""

    def descriptors(self) -> Iterable[Any]:
        """What the store lists as this run's artifacts."""
        return list(self._store.list_artifacts(self.record.run_id))

    def load(self, name: str) -> Any:
        """An artifact's value."""
        return self._results.load(self.record.run_id, name)

    def series(self) -> Mapping[str, Iterable[tuple[Any, Any]]]:
        """None: stepped metrics are taken and not stored."""
        return {}

    def data(self) -> Mapping[str, Any]:
        """None: there are no structured results."""
        return {}

    @property
    def ways(self) -> Mapping[str, tuple[str, str]]:
        """Artifacts alone are stored."""
        return {"artifacts": ("store.list_artifacts", "ResultHandle.load")}

    def series_named(self, name: str) -> Iterable[tuple[Any, Any]]:
        """None: stepped metrics are taken and not stored."""
        raise KeyError(name)

    def data_named(self, name: str) -> Any:
        """None: there are no structured results."""
        raise KeyError(name)

    def log(self) -> str | None:
        """None: logs are taken and not stored."""
        return None
