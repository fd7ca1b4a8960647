"""Sweeps: which runs are executed, passed over, counted and reported."""

from __future__ import annotations

import copy
import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .capture import Capture, Runtime
from .code import code_of
from .results import Results, RunRecord, held
from .seeds import SeedBundle
from .telling import told

ENDINGS = {"success": "run_finished", "failed": "run_failed"}


@dataclass(frozen=True)
class Operation:
    """A function that asks by name for any of context, params, seeds, runtime and capture."""

    function: Callable[..., Any]

    @property
    def code_hash(self) -> str:
        """What stands for its code."""
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
        """The runs: case by case, and each replicate by replicate."""
        resolve = self.param_resolver or getattr(self.params, "resolver", None)
        for case in self.params:
            params = copy.deepcopy(dict(case.params))
            if resolve is not None:
                params = dict(getattr(resolve, "resolve", resolve)({}, params))
            for bundle in self.seeds:
                yield params, bundle


@dataclass(frozen=True)
class Event:
    """One thing that happened to a run."""

    kind: str
    run_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Status:
    """How many runs ended in which way."""

    total: int
    completed: int
    failed: int
    skipped: int
    running: int = 0
    pending: int = 0


@dataclass(frozen=True)
class Handle:
    """A sweep that is over."""

    status: Status
    records: list[RunRecord]
    is_complete: bool = True

    def result(self, timeout: float | None = None) -> Results:  # noqa: ARG002 - it is over
        """The runs of the plan in its order, those that were passed over as well."""
        return Results(self.records)


class ThreadExecutor:
    """Whatever executes runs makes no difference to any of them."""

    def __init__(self, max_workers: int = 1) -> None:
        self.max_workers = max_workers

    def shutdown(self, wait: bool = True) -> None:
        """Nothing is left to wait for."""


def run(
    exp: Experiment,
    store: Any,
    executor: Any = None,  # noqa: ARG001
    resume: bool = True,
    on_event: Callable[[Event], object] | None = None,
    **_shown: Any,
) -> Handle:
    """Execute an experiment: of each run once, what is not stored as a success already."""
    tell = on_event or (lambda _event: None)
    stored = held(store, exp.experiment_id)
    ends, seen = Counter[str](), dict[str, None]()
    code = exp.operation.code_hash
    for params, bundle in exp.planned():
        record = identified(exp, params, bundle, code)
        run_id = record.run_id
        before = stored.get(run_id)
        if run_id in seen or (resume and before is not None and before.status == "success"):
            ends["skipped"] += 1
            tell(Event("run_skipped", run_id, {}))
        else:
            tell(Event("run_started", run_id, {"params": params}))
            stored[run_id] = executed(exp, record, params, bundle)
            for kind, detail in stored[run_id].captured.told:
                tell(Event(kind, run_id, {"name": detail, "message": detail}))
            ends[stored[run_id].status] += 1
            about = {"metrics": stored[run_id].metrics, "error": stored[run_id].error}
            tell(Event(ENDINGS[stored[run_id].status], run_id, about))
        seen[run_id] = None
    status = Status(ends.total(), ends["success"], ends["failed"], ends["skipped"])
    return Handle(status, [stored[run_id] for run_id in seen])


def identified(exp: Experiment, params: dict[str, Any], bundle: SeedBundle, code: str) -> RunRecord:
    """A record that is still empty: experiment, context, params, seed and code decide which run it is."""
    about = {
        "context_fingerprint": told(exp.context),
        "params_fingerprint": told(params),
        "seed_fingerprint": told(bundle),
    }
    return RunRecord(
        run_id=told([exp.experiment_id, *about.values(), code]),
        experiment_id=exp.experiment_id,
        status="running",
        params_resolved=copy.deepcopy(params),
        tags=tuple(exp.tags),
        error=None,
        provenance={"code_hash": code},
        captured=Capture(),
        **about,
    )


def executed(exp: Experiment, record: RunRecord, params: dict[str, Any], bundle: SeedBundle) -> RunRecord:
    """Call the operation with copies of its own, and keep what it captured and what it raised."""
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
