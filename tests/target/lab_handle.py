"""A small lab of the handle generation, for the tests of the target."""

from __future__ import annotations

import inspect
import logging
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lab_parts
from lab_parts import Folder, Record, grid, manual, seeds

__all__ = ["grid", "manual", "seeds"]
__version__ = "1.2"
ThreadExecutor = ThreadPoolExecutor
LOGGER = logging.getLogger(__name__)


@dataclass
class Experiment(lab_parts.Experiment):
    description: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class Operation:
    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self.function, self.name = function, name
        self.ref = f"{function.__module__}:{function.__qualname__}"
        self.asked = inspect.signature(function).parameters


def operation(function: Any = None, *, name: str | None = None) -> Any:
    def decorate(body: Any) -> Operation:
        return Operation(body, name or body.__name__)

    return decorate if function is None else decorate(function)


class Capture:
    def __init__(self) -> None:
        self.metrics: dict[str, Any] = {}
        self.series: dict[str, list[Any]] = {}
        self.artifacts: dict[str, Any] = {}
        self.lines: list[str] = []

    def metric(self, name: str, value: Any, step: int | None = None) -> None:
        if step is None:
            self.metrics[name] = value
        else:
            self.series.setdefault(name, []).append([step, value])

    def log_metrics(self, values: dict[str, Any], step: int | None = None) -> None:
        for name, value in values.items():
            self.metric(name, value, step)

    def artifact(self, name: str, obj: Any, kind: str | None = None) -> None:
        self.artifacts[name] = obj

    def log(self, message: str, level: str = "info") -> None:
        self.lines.append(f"{level} {message}")

    def data(self, name: str, obj: Any) -> None:
        self.artifacts[f"data-{name}"] = obj


class Store(Folder):
    def list_run_records(self, experiment_id: str | None = None) -> list[Record]:
        records = [self._read_if_sound(path) for path in sorted(self.root.glob("*.json"))]
        return [record for record in records if record is not None]

    def _read_if_sound(self, path: Path) -> Record | None:
        try:
            return self.get_run_record(path.stem)
        except ValueError as error:
            LOGGER.warning("skipped %s: %s", path.name, error)
            return None

    def list_results(self, run_id: str) -> list[str]:
        return [name for name in ("series", "table") if (self.root / f"{run_id}.{name}").exists()]

    def get_result(self, run_id: str, name: str) -> dict[str, Any]:
        kind = "stepped_metric" if name == "series" else "other"
        return {"data": self.load(run_id, name), "metadata": {"type": kind}}

    def get_log(self, run_id: str, name: str) -> str:
        return f"{name} of {run_id}"


FileStore = Store


@dataclass(frozen=True)
class FileStoreConfig:
    root: str
    experiment_id: str = ""

    def scoped(self, experiment_id: str) -> FileStoreConfig:
        return FileStoreConfig(self.root, experiment_id)

    def connect(self) -> Store:
        return Store(f"{self.root}/{self.experiment_id.replace(':', '_')}")


class Run:
    def __init__(self, record: Record, store: Store) -> None:
        self.record, self._store = record, store

    def artifacts(self) -> list[Any]:
        return self.record.artifacts

    def artifact(self, name: str) -> Any:
        return self._store.load(self.record.run_id, name)

    def list_data(self) -> list[str]:
        return self._store.list_results(self.record.run_id)

    def data(self, name: str) -> Any:
        return self._store.load(self.record.run_id, name)


def load_results(store: FileStoreConfig, experiment_id: str | None = None) -> list[Run]:
    opened = store.connect()
    return [Run(record, opened) for record in opened.list_run_records(experiment_id)]


class Handle:
    def __init__(self, futures: list[Future[Any]], skipped: int, on_event: Any) -> None:
        self._futures, self._skipped, self._on_event = futures, skipped, on_event

    def result(self, timeout: float | None = None) -> None:
        for future in self._futures:
            status = future.result()
            if self._on_event:
                self._on_event(SimpleNamespace(kind=f"run_{status}"))

    @property
    def is_complete(self) -> bool:
        return all(future.done() for future in self._futures)

    @property
    def status(self) -> Any:
        ended = [future.result() for future in self._futures if future.done() and not future.cancelled()]
        total, completed, failed = (
            len(self._futures) + self._skipped,
            ended.count("success"),
            ended.count("failed"),
        )
        return SimpleNamespace(total=total, completed=completed, failed=failed, skipped=self._skipped)

    def cancel(self) -> None:
        for future in self._futures:
            future.cancel()


def run(
    experiment: Experiment,
    store: Any = None,
    executor: Any = None,
    resume: bool = True,
    progress: Any = None,
    on_event: Any = None,
    verbose: bool = True,
) -> Handle:
    opened = FileStoreConfig(store).scoped(experiment.experiment_id).connect()
    futures, skipped = [], 0
    for case in experiment.params:
        resolver = experiment.param_resolver
        params = resolver({}, case.params) if resolver else case.params
        for bundle in experiment.seeds:
            identity = lab_parts.run_id(experiment.experiment_id, params, bundle)
            known = opened.get_run_record(identity) if resume else None
            if known is not None and known.status == "success":
                skipped += 1
            else:
                futures.append(executor.submit(_execute, experiment, opened, identity, params, bundle))
    return Handle(futures, skipped, on_event)


def _execute(experiment: Experiment, store: Store, identity: str, params: Any, bundle: Any) -> str:
    capture, record = Capture(), Record(identity, experiment.experiment_id, "success", params_resolved=params)
    with tempfile.TemporaryDirectory() as scratch:
        runtime = SimpleNamespace(scratch_dir=Path(scratch), metadata=experiment.metadata)
        offered = {"context": experiment.context, "params": params, "seeds": bundle}
        offered |= {"runtime": runtime, "capture": capture}
        try:
            body = experiment.operation
            body.function(**{name: offered[name] for name in body.asked})
        except Exception as error:  # noqa: BLE001 - recorded
            record.status, record.error = "failed", {"type": type(error).__name__, "message": str(error)}
    record.metrics = capture.metrics
    results = {"series": capture.series["f"]} if "f" in capture.series else {}
    results |= {"table": capture.artifacts.pop("data-table")} if "data-table" in capture.artifacts else {}
    store.save(record, capture.artifacts, results)
    return record.status
