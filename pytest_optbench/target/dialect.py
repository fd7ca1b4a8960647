"""The differences between the generations of metalab as one protocol; `current` and `first_release` implement it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, Protocol

ExecutorKind = Literal["inline", "thread", "process", "slurm", "dask"]
EventCallback = Callable[[Any], None]


@dataclass(frozen=True)
class RunOptions:
    """How to run an experiment.

    Args:
        store: a folder, or a locator with a scheme that the target knows.
        executor, workers: the executor of the runs; `shared` replaces both by an executor from `Target.executor`,
            which stays open.
        resume: skip runs that already succeeded.
        on_event: called with every event of the target.
        timeout: seconds until the sweep is cancelled, counted from when the target's `run` returned its handle
            (from the call, if `run` blocks); None waits.
        progress: show the target's own progress display.
    """

    store: str
    executor: ExecutorKind = "thread"
    workers: int = 1
    resume: bool = True
    on_event: EventCallback | None = None
    timeout: float | None = None
    progress: bool = False
    shared: Any = None


@dataclass(frozen=True)
class ExperimentSpec:
    """An experiment in terms that both generations have."""

    name: str
    version: str
    operation: Any
    params: Any
    seeds: tuple[int, int]
    context: Any
    resolver: Any
    tags: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Counts:
    """The number of runs of a sweep in each state, as the target reports them."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    skipped: int = 0
    running: int = 0
    pending: int = 0


class Launch(Protocol):
    """A running sweep; `results` are the target's own once it has ended, None if it returns none."""

    results: Any

    def begin(self) -> None:
        """Let the sweep proceed without a call of `finish`."""

    def finish(self) -> None:
        """Wait for the end of the sweep; raises the errors of the target."""

    def is_complete(self) -> bool: ...

    def cancel(self) -> None: ...

    def counts(self) -> Counts: ...

    def close(self, *, wait: bool) -> None:
        """Release the executor that was made for this sweep."""


class Entry(Protocol):
    """One run in a store, whose parts are read on demand; any call may raise."""

    record: Any

    def params(self) -> Mapping[str, Any] | None: ...

    def descriptors(self) -> Iterable[Any]: ...

    def load(self, name: str) -> Any: ...

    def series(self) -> Mapping[str, Iterable[tuple[Any, Any]]]: ...

    def data(self) -> Mapping[str, Any]: ...

    def log(self) -> str | None: ...

    @property
    def calls(self) -> Mapping[str, tuple[str, str]]:
        """By kind (series, artifacts, data), the call that lists them and the call that reads one by its name."""

    def series_named(self, name: str) -> Iterable[tuple[Any, Any]]: ...

    def data_named(self, name: str) -> Any: ...


class Reader(Protocol):
    """A store, opened for one experiment; any call may raise."""

    store: Any

    def entries(self) -> Iterable[Entry]: ...

    def entry(self, run_id: str) -> Entry | None: ...

    def problems(self) -> Iterable[str]: ...

    def close(self) -> None: ...


class Dialect(Protocol):
    """One generation of the interface."""

    def features(self, module: ModuleType) -> Iterable[str]: ...

    def operation(self, module: ModuleType, function: Callable[..., Any], name: str) -> Any: ...

    def experiment(self, module: ModuleType, spec: ExperimentSpec) -> Any: ...

    def executor(self, module: ModuleType, kind: ExecutorKind, workers: int) -> Any: ...

    def launch(
        self, module: ModuleType, experiment: Any, options: RunOptions, on_event: EventCallback | None
    ) -> Launch: ...

    def reader(self, module: ModuleType, store: str, experiment_id: str) -> Reader: ...

    def dataframe(self, module: ModuleType, store: str, experiment_id: str) -> Any:
        """Return the runs of an experiment as the target's own pandas frame."""


def parts_present(module: ModuleType, parts: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Yield the features of a table whose attribute path the module has, such as `("Run", "series")`."""
    for feature, path in parts.items():
        part: Any = module
        for name in path:
            part = getattr(part, name, None)
        if part is not None:
            yield feature
