"""Sweeps: the runs that are executed, skipped, counted and reported."""

from __future__ import annotations

import copy
import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .capture import Capture, Runtime
from .code import code_of
from .observed_text import exact_text
from .results import Results, RunRecord, stored_records
from .seeds import SeedBundle

ENDINGS = {"success": "run_finished", "failed": "run_failed"}


@dataclass(frozen=True)
class Operation:
    """A function with any of the parameters context, params, seeds, runtime and capture."""

    function: Callable[..., Any]

    @property
    def code_hash(self) -> str:
        """The text that identifies its code."""
        return code_of(self.function)

    def __call__(self, **offered: Any) -> Any:
        return self.function(**{name: offered[name] for name in inspect.signature(self.function).parameters})


def operation(name: str) -> Callable[[Callable[..., Any]], Operation]:  # noqa: ARG001 - the name is for people
    """Make an operation of a function."""
    return Operation


def context_spec(cls: type[Any]) -> Any:
    """Make a class a context: a frozen dataclass."""
    return dataclass(frozen=True)(cls)


@dataclass(frozen=True)
class Experiment:
    """A named, versioned sweep over cases, replicates and a context."""

    name: str
    version: str
    context: Any
    operation: Operation
    params: Any
    seeds: Iterable[SeedBundle]
    description: str | None = None
    tags: Iterable[str] = ()
    param_resolver: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def experiment_id(self) -> str:
        """Name and version."""
        return f"{self.name}:{self.version}"

    def planned(self) -> Iterator[tuple[dict[str, Any], SeedBundle]]:
        """Yield the planned runs, case by case and replicate by replicate."""
        resolve = self.param_resolver or getattr(self.params, "resolver", None)
        for case in self.params:
            params = copy.deepcopy(dict(case.params))
            if resolve is not None:
                params = dict(getattr(resolve, "resolve", resolve)({}, params))
            for bundle in self.seeds:
                yield params, bundle


@dataclass(frozen=True)
class Event:
    """An event in the life of a run."""

    kind: str
    run_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Status:
    """The number of runs by how they ended."""

    total: int
    completed: int
    failed: int
    skipped: int
    running: int = 0
    pending: int = 0


@dataclass(frozen=True)
class Handle:
    """A finished sweep."""

    status: Status
    records: list[RunRecord]
    is_complete: bool = True

    def result(self, timeout: float | None = None) -> Results:  # noqa: ARG002 - it is over
        """Return the planned runs in order, including the skipped ones."""
        return Results(self.records)


class ThreadExecutor:
    """An executor, which makes no difference to any run: the model has no concurrency."""

    def __init__(self, max_workers: int = 1) -> None:
        self.max_workers = max_workers

    def shutdown(self, wait: bool = True) -> None:
        """Do nothing: no run is left."""


def run(
    exp: Experiment,
    store: Any,
    executor: Any = None,  # noqa: ARG001
    resume: bool = True,
    on_event: Callable[[Event], object] | None = None,
    **_shown: Any,
) -> Handle:
    """Execute each run of an experiment once, except those that are stored as a success."""
    report = on_event or (lambda _event: None)
    stored = stored_records(store, exp.experiment_id)
    counts, seen = Counter[str](), dict[str, None]()
    code = exp.operation.code_hash
    for params, bundle in exp.planned():
        record = make_record(exp, params, bundle, code)
        run_id = record.run_id
        previous = stored.get(run_id)
        if run_id in seen or (resume and previous is not None and previous.status == "success"):
            counts["skipped"] += 1
            report(Event("run_skipped", run_id, {}))
        else:
            report(Event("run_started", run_id, {"params": params}))
            stored[run_id] = execute(exp, record, params, bundle)
            for kind, detail in stored[run_id].captured.events:
                report(Event(kind, run_id, {"name": detail, "message": detail}))
            counts[stored[run_id].status] += 1
            details = {"metrics": stored[run_id].metrics, "error": stored[run_id].error}
            report(Event(ENDINGS[stored[run_id].status], run_id, details))
        seen[run_id] = None
    status = Status(counts.total(), counts["success"], counts["failed"], counts["skipped"])
    return Handle(status, [stored[run_id] for run_id in seen])


def make_record(exp: Experiment, params: dict[str, Any], bundle: SeedBundle, code: str) -> RunRecord:
    """Make an empty record, identified by experiment, context, params, seed and code."""
    details = {
        "context_fingerprint": exact_text(exp.context),
        "params_fingerprint": exact_text(params),
        "seed_fingerprint": exact_text(bundle),
    }
    return RunRecord(
        run_id=exact_text([exp.experiment_id, *details.values(), code]),
        experiment_id=exp.experiment_id,
        status="running",
        params_resolved=copy.deepcopy(params),
        tags=tuple(exp.tags),
        error=None,
        provenance={"code_hash": code},
        captured=Capture(),
        **details,
    )


def execute(exp: Experiment, record: RunRecord, params: dict[str, Any], bundle: SeedBundle) -> RunRecord:
    """Call the operation with private copies, and record what it captured and raised."""
    runtime = Runtime(copy.deepcopy(exp.metadata), record.captured)
    try:
        exp.operation(
            context=copy.deepcopy(exp.context),
            params=copy.deepcopy(params),
            seeds=bundle,
            runtime=runtime,
            capture=record.captured,
        )
        record.status = "success"
    except Exception as error:  # noqa: BLE001 - whatever an operation raises belongs to its run
        record.status, record.error = "failed", {"type": type(error).__name__, "message": str(error)}
    finally:
        record.captured.close()
        runtime.close()
    return record
