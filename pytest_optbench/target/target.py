"""The metalab under test, of any generation: one object to build, run and read experiments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, overload

from pytest_optbench.errors import MissingFeatureError

from . import running
from .dialect import Dialect, ExecutorKind, ExperimentSpec, RunOptions
from .locators import database, located
from .reading import Reading
from .run_snapshot import by_name
from .snapshot import Names, StoredRun, StoreSnapshot, Unlisted, Wanted


@dataclass(frozen=True)
class Target:
    """A module with metalab's interface.

    `features` names its optional parts, `notes` are messages for the user before a session.
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
        """Return one line for the header of a session."""
        return f"{self.name} {self.version} ({self.generation}) from {self.path}"

    @property
    def commit(self) -> str:
        """The commit that the module was built from, empty if neither pip nor git knows it."""
        from .commit import commit_of  # imports importlib.metadata, which is slow

        return commit_of(self.name, self.path)

    @property
    def committed(self) -> str:
        """The time of that commit, if the module is in a checkout of git; empty otherwise."""
        from .commit import committed

        return committed(self.path)

    def require(self, *features: str) -> None:
        """Require optional parts of the target.

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
        """Decorate an operation's body, which is at module level so that worker processes can import it.

        The body is written for the handle generation: its arguments are any of context, params, seeds, runtime,
        capture, by name, and it may return nothing.
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
        given_context = {} if context is None else context
        spec = ExperimentSpec(name, version, operation, cases, seeds, given_context, resolver, tuple(tags), description)
        return self.dialect.experiment(self.module, spec)

    @contextmanager
    def executor(self, kind: ExecutorKind, workers: int) -> Iterator[Any]:
        """Provide an executor for several sweeps (`RunOptions.shared`), which is closed at the end of the block.

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

    def run(self, experiment: Any, options: RunOptions) -> running.Summary:
        """Run an experiment to its end; failed runs are counted.

        Raises:
            TargetRaisedError: the sweep itself raised an error.
        """
        return self.attempt(experiment, options).raise_for_error()

    def attempt(self, experiment: Any, options: RunOptions) -> running.Summary:
        """Run an experiment to its end; an error of the target is in the summary, for the caller to judge."""
        return running.run(self.module, self.dialect, experiment, options)

    def start(self, experiment: Any, options: RunOptions) -> running.StartedSweep:
        """Start an experiment and return before its end; an error of the target is in the summary."""
        return running.start(self.module, self.dialect, experiment, options)

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
        """Read runs as plain data; parts that cannot be read are listed in the snapshot's problems.

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
        """Yield one run at a time; problems of the whole store are added to `problems`."""
        wanted = Wanted() if wanted is None else wanted
        problems = [] if problems is None else problems
        return Reading(self.module, self.dialect, store, _id_of(experiment), wanted, run_ids, problems).runs()

    def load_results(self, store: str, experiment: Any) -> Any:
        """Return the results of an experiment from the target's own `load_results`, in its own type.

        Raises:
            MissingFeatureError: the target has no such function.
        """
        self.require("results")
        return self.module.load_results(located(store), experiment_id=_id_of(experiment))

    def dataframe(self, store: str, experiment: Any) -> Any:
        """Return the runs of an experiment as the target's own pandas frame; needs pandas."""
        return self.dialect.dataframe(self.module, store, _id_of(experiment))

    def read_named(self, store: str, experiment: Any, names: Mapping[str, Names]) -> Mapping[str, Unlisted]:
        """Read parts of runs by their names, not by any list; arguments and results are by run id.

        A part that cannot be read by its name is left out.
        """
        found = {}
        with closing(self.dialect.reader(self.module, store, _id_of(experiment))) as reader:
            for run_id, wanted in names.items():
                with suppress(Exception):  # a record that cannot be read has no parts
                    entry = reader.entry(run_id)
                    if entry is not None:
                        found[run_id] = by_name(entry, wanted)
        return found

    @staticmethod
    def experiment_id(experiment: Any) -> str:
        """Return the id under which a store keeps the experiment's runs."""
        return _id_of(experiment)

    def delete_run(self, store: str, experiment: Any, run_id: str) -> None:
        """Delete one run by the target's own method.

        Raises:
            MissingFeatureError: the target has no such method.
        """
        self.require("delete")
        with closing(self.dialect.reader(self.module, store, _id_of(experiment))) as reader:
            reader.store.delete_run(run_id)

    def check(self, store: str, experiment: Any) -> tuple[str, ...]:
        """Return the problems that the target's own check of a store reports.

        Raises:
            MissingFeatureError: the target has no such check.
        """
        self.require("check")
        with closing(self.dialect.reader(self.module, store, _id_of(experiment))) as reader:
            return tuple(str(problem) for problem in reader.store.check())

    @staticmethod
    def require_files(reason: str) -> None:
        """Require that the stores of this session are folders, for the reason that is given.

        Raises:
            MissingFeatureError: they are in a database.
        """
        if database() is not None:
            raise MissingFeatureError(f"stores are in a database: {reason}")

    @staticmethod
    def record_file(store: str, run_id: str) -> Path | None:
        """Return the file of a run's record, found by its content; None where a database has the records."""
        if database() is not None:
            return None
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
