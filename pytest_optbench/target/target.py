"""The metalab under test, whatever its generation: one object to build, run and read experiments with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, overload

from pytest_optbench.errors import MissingFeatureError

from . import running as driving
from .dialect import Dialect, ExecutorKind, ExperimentSpec, RunOptions, located
from .reading import Reading
from .run_snapshot import by_name
from .snapshot import Names, StoredRun, StoreSnapshot, Unlisted, Wanted


@dataclass(frozen=True)
class Target:
    """A module with metalab's interface.

    `features` names its optional parts, `notes` what a user should know before a session.
    """

    name: str
    version: str
    path: str
    generation: Literal["handle", "facade"]
    features: frozenset[str]
    notes: tuple[str, ...]
    module: ModuleType = field(repr=False)
    dialect: Dialect = field(repr=False)

    def describe(self) -> str:
        """One line for the head of a session."""
        return f"{self.name} {self.version} ({self.generation}) from {self.path}"

    @property
    def commit(self) -> str:
        """The commit that it was made from, empty where neither pip nor git knows it."""
        from .commit import commit_of  # it asks importlib.metadata, which is slow to import

        return commit_of(self.name, self.path)

    def require(self, *features: str) -> None:
        """Refuse to go on without optional parts.

        Raises:
            MissingFeatureError: the target lacks one; for a scenario that means not applicable.
        """
        for feature in features:
            if feature not in self.features:
                offered = ", ".join(sorted(self.features))
                raise MissingFeatureError(f"{self.name} does not offer {feature!r}; it offers {offered}")

    @overload
    def operation(self, function: Callable[..., Any], *, name: str) -> Any: ...
    @overload
    def operation(self, function: None = None, *, name: str) -> Callable[[Callable[..., Any]], Any]: ...
    def operation(self, function: Callable[..., Any] | None = None, *, name: str) -> Any:
        """Decorate an operation's body, at module level, where worker processes import it again.

        The body is written to the handle generation: it asks by name for any of context, params, seeds,
        runtime, capture and may return nothing.
        """
        if function is None:
            return lambda body: self.operation(body, name=name)
        return self.dialect.operation(self.module, function, name)

    def experiment(
        self,
        *,
        name: str,
        version: str,
        operation: Any,
        params: Any,
        seeds: tuple[int, int] = (0, 1),
        context: Any = None,
        resolver: Any = None,
        tags: Sequence[str] = (),
        description: str = "",
    ) -> Any:
        """Build an experiment of the target's own type.

        Args:
            params: any source of cases, or a list of dicts.
            seeds: base seed and number of replicates.
            context: a mapping or dataclass; None is an empty one.
            resolver: a function of (context_meta, params_raw), or an object with `resolve`.
        """
        cases = self.module.manual(list(params)) if isinstance(params, list | tuple) else params
        about = {} if context is None else context
        spec = ExperimentSpec(name, version, operation, cases, seeds, about, resolver, tuple(tags), description)
        return self.dialect.experiment(self.module, spec)

    @contextmanager
    def executor(self, kind: ExecutorKind, workers: int) -> Iterator[Any]:
        """An executor for several sweeps (`RunOptions.shared`), closed at the end of the block.

        Raises:
            MissingFeatureError: executors of the target serve one sweep only.
        """
        self.require("shared-executor", kind)
        executor = self.dialect.executor(self.module, kind, workers)
        try:
            yield executor
        finally:
            if hasattr(executor, "shutdown"):
                executor.shutdown()

    def run(self, experiment: Any, drive: RunOptions) -> driving.Summary:
        """Run an experiment to its end; runs that fail are counted, and the sweep itself raises nothing.

        Raises:
            TargetRaisedError: it did.
        """
        return self.attempt(experiment, drive).sound()

    def attempt(self, experiment: Any, drive: RunOptions) -> driving.Summary:
        """Run an experiment to its end; what the target raises is in the summary, for a caller who judges it."""
        return driving.run(self.module, self.dialect, experiment, drive)

    def start(self, experiment: Any, drive: RunOptions) -> driving.StartedSweep:
        """Start an experiment and return before its end; what the target raises is in the summary."""
        return driving.start(self.module, self.dialect, experiment, drive)

    def read(
        self,
        store: str,
        experiment: Any,
        *,
        artifacts: bool = True,
        series: bool = True,
        data: bool = True,
        logs: bool = False,
        run_ids: Iterable[str] | None = None,
    ) -> StoreSnapshot:
        """Read runs back as plain data; what cannot be read is listed in the snapshot's problems.

        Args:
            experiment: the experiment, or its id.
            run_ids: read only these, without touching the other runs.
        """
        problems: list[str] = []
        wanted = Wanted(artifacts, series, data, logs)
        runs = tuple(self.iter_runs(store, experiment, wanted=wanted, run_ids=run_ids, problems=problems))
        return StoreSnapshot(runs, tuple(problems))

    def iter_runs(
        self,
        store: str,
        experiment: Any,
        *,
        wanted: Wanted | None = None,
        run_ids: Iterable[str] | None = None,
        problems: list[str] | None = None,
    ) -> Iterator[StoredRun]:
        """Read run by run, holding one at a time; what concerns the whole store is added to `problems`."""
        told = [] if problems is None else problems
        depth = Wanted() if wanted is None else wanted
        return Reading(self.module, self.dialect, store, _id_of(experiment), depth, run_ids, told).runs()

    def load_results(self, store: str, experiment: Any) -> Any:
        """What the target's own `load_results` finds of an experiment, in its own type.

        Raises:
            MissingFeatureError: it has none.
        """
        self.require("results")
        return self.module.load_results(located(store), experiment_id=_id_of(experiment))

    def read_named(self, store: str, experiment: Any, names: Mapping[str, Names]) -> Mapping[str, Unlisted]:
        """Read parts of runs by their names, without asking any list; `names` and what was found are by run id.

        What cannot be read by its name is left out.
        """
        found = {}
        with closing(self.dialect.reader(self.module, store, _id_of(experiment))) as reader:
            for run_id, wanted in names.items():
                with suppress(Exception):  # a record that cannot be read holds nothing under any name
                    entry = reader.entry(run_id)
                    if entry is not None:
                        found[run_id] = by_name(entry, wanted)
        return found

    @staticmethod
    def experiment_id(experiment: Any) -> str:
        """The id under which a store keeps the experiment's runs."""
        return _id_of(experiment)

    def delete_run(self, store: str, experiment: Any, run_id: str) -> None:
        """Delete one run by the target's own means.

        Raises:
            MissingFeatureError: it has none.
        """
        self.require("delete")
        with closing(self.dialect.reader(self.module, store, _id_of(experiment))) as reader:
            reader.store.delete_run(run_id)

    def check(self, store: str, experiment: Any) -> tuple[str, ...]:
        """What the target's own check finds wrong with a store.

        Raises:
            MissingFeatureError: it has none.
        """
        self.require("check")
        with closing(self.dialect.reader(self.module, store, _id_of(experiment))) as reader:
            return tuple(str(found) for found in reader.store.check())

    @staticmethod
    def record_file(store: str, run_id: str) -> Path | None:
        """The file that holds a run's record, found by its content, whatever the layout of the store."""
        candidates = (path for path in Path(store).rglob("*.json") if run_id in str(path.relative_to(store)))
        return next((path for path in candidates if _is_record(path, run_id)), None)


def _is_record(path: Path, run_id: str) -> bool:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, Mapping) and content.get("run_id") == run_id and "status" in content


def _id_of(experiment: Any) -> str:
    return experiment if isinstance(experiment, str) else str(experiment.experiment_id)
