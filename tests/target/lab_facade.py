"""A small lab of the facade generation, for the tests of the target."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lab_parts
from lab_parts import Folder, Record, grid, manual, seeds

__all__ = ["grid", "manual", "seeds"]
FileStore = Folder
RunRecord = Record


@dataclass
class Experiment(lab_parts.Experiment):
    context_builder: Any = None


class Operation:
    def __init__(self, function: Any, name: str) -> None:
        self.function, self.name = function, name
        self.ref = f"{function.__module__}:{function.__qualname__}"


def operation(name: str, version: str | None = None) -> Any:
    return lambda function: Operation(function, name)


class Capture:
    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.artifacts: dict[str, Any] = {}
        self.logs: list[Any] = []

    def metric(self, name: str, value: Any, step: int | None = None) -> None:
        if step is None:
            self.kept[name] = value

    def metrics(self, values: dict[str, Any], step: int | None = None) -> None:
        for name, value in values.items():
            self.metric(name, value, step)

    def artifact(self, name: str, obj: Any, *, kind: str | None = None) -> None:
        self.artifacts[name] = obj

    def log(self, text_or_event: Any) -> None:
        self.logs.append(text_or_event)


class ResultHandle:
    def __init__(self, store: Folder, records: list[Record]) -> None:
        self._store, self._records = store, records

    def load(self, run_id: str, name: str) -> Any:
        return self._store.load(run_id, name)


def run(
    experiment: Experiment,
    store: str = "./runs",
    executor: str = "threads",
    max_workers: int = 4,
    resume: bool = True,
    progress: bool = False,
    on_event: Any = None,
) -> ResultHandle:
    opened, planned = FileStore(store), []
    for case in experiment.params:
        resolver = experiment.param_resolver
        params = resolver.resolve({}, case.params) if resolver else case.params
        for bundle in experiment.seeds:
            identity = lab_parts.run_id(experiment.experiment_id, params, bundle)
            known = opened.get_run_record(identity) if resume else None
            done = known is not None and known.status == "success"
            on_event(SimpleNamespace(kind="run_skipped" if done else "run_started"))
            planned += [] if done else [(identity, params, bundle)]
    records = [_execute(experiment, opened, *run) for run in planned]
    for record in records:
        on_event(SimpleNamespace(kind="run_finished" if record.status == "success" else "run_failed"))
    return ResultHandle(opened, records)


def _execute(experiment: Experiment, store: Folder, identity: str, params: Any, bundle: Any) -> Record:
    capture = Capture()
    with tempfile.TemporaryDirectory() as scratch:
        runtime = SimpleNamespace(scratch_dir=Path(scratch), resource_hints={})
        try:
            returned = experiment.operation.function(
                context=experiment.context, params=params, seeds=bundle, runtime=runtime, capture=capture
            )
            status, error = returned.status, None
        except Exception as raised:  # noqa: BLE001 - recorded
            status, error = "failed", {"type": type(raised).__name__, "message": str(raised)}
    record = Record(identity, experiment.experiment_id, status, capture.kept, error)
    store.save(record, capture.artifacts)
    return record
