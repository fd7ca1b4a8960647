"""What the generations of metalab differ in, as one protocol; `handle` and `facade` implement it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol

ExecutorKind = Literal["thread", "process"]
EventCallback = Callable[[Any], None]


@dataclass(frozen=True)
class RunOptions:
    """How to run an experiment.

    Args:
        store: a folder, or a locator with a scheme that the target knows.
        executor, workers: what executes runs; `shared` replaces both by an executor from `Target.executor`,
            which stays open.
        resume: skip what already succeeded.
        on_event: called with every event of the target.
        timeout: seconds until the sweep is cancelled, from the moment the target's `run` gave its handle
            (from the call, where `run` blocks); None waits.
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
    """An experiment in words that both generations know."""

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
    """How many runs of a sweep are in which state, in the target's own words."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    skipped: int = 0
    running: int = 0
    pending: int = 0


class Launch(Protocol):
    """One sweep on its way; `results` are the target's own once it ended, None where it gives none."""

    results: Any

    def begin(self) -> None:
        """Make it proceed without `finish` being called."""

    def finish(self) -> None:
        """Wait for its end; raises whatever the target raises."""

    def is_complete(self) -> bool: ...

    def cancel(self) -> None: ...

    def counts(self) -> Counts: ...

    def close(self, *, wait: bool) -> None:
        """Give back the executor that was made for this sweep."""


class Entry(Protocol):
    """One run in a store, whose parts are read when asked for; any call may raise."""

    record: Any

    def params(self) -> Mapping[str, Any] | None: ...

    def descriptors(self) -> Iterable[Any]: ...

    def load(self, name: str) -> Any: ...

    def series(self) -> Mapping[str, Iterable[tuple[Any, Any]]]: ...

    def data(self) -> Mapping[str, Any]: ...

    def log(self) -> str | None: ...

    @property
    def ways(self) -> Mapping[str, tuple[str, str]]:
        """How series, artifacts and data are listed, and how one of them is read by its name."""

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
        self, module: ModuleType, experiment: Any, drive: RunOptions, on_event: EventCallback | None
    ) -> Launch: ...

    def reader(self, module: ModuleType, store: str, experiment_id: str) -> Reader: ...


def located(store: str) -> str:
    """A store as targets take it: a folder absolute, so that no target takes a bare name for a scheme."""
    return store if "://" in store else str(Path(store).absolute())


def parts_present(module: ModuleType, parts: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """The features of a table whose attribute path the module has, such as `("Run", "series")`."""
    for feature, path in parts.items():
        found: Any = module
        for name in path:
            found = getattr(found, name, None)
        if found is not None:
            yield feature
