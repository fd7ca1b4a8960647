"""One run read back from a store, with the metrics that are computed from it when it is read, and never stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.model.records import Artifact, RunRecord, Status
from pytest_optbench.engine.store import Store
from pytest_optbench.errors import InvalidInputError, UnknownNameError

if TYPE_CHECKING:
    import numpy as np

Derived = Mapping[str, "Callable[[Run], Any]"]
PREFIX = "derived."


class _Unnamed(str):
    """The name of a function that was given without one: what it returns may bring names of its own."""


def checked_derived(derived: Any) -> Derived:
    """Return derived metrics as a mapping: name -> function of a `Run`.

    Functions without a name, alone or in a list, go by their own; they may return several metrics as a mapping.

    Raises:
        InvalidInputError: `derived` is no mapping, function or list of functions.
    """
    if derived is None:
        return {}
    if callable(derived):
        derived = [derived]
    if not isinstance(derived, Mapping):
        if not isinstance(derived, Iterable):
            raise InvalidInputError(f"derived_metrics={derived!r}: give a mapping of names to functions of a Run")
        derived = {_Unnamed(getattr(compute, "__name__", repr(compute))): compute for compute in derived}
    for name, compute in derived.items():
        if not callable(compute):
            raise InvalidInputError(f"derived metric {name!r} is {compute!r}: give a function of a Run")
    return dict(derived)


def with_derived(run: Run, metrics: Mapping[str, Any], derived: Derived) -> dict[str, Any]:
    """Return the metrics of a successful run with the derived ones; one named as a captured one gets `derived.`.

    Raises:
        InvalidInputError: a function fails; the message names metric and run.
    """
    found = dict(metrics)
    for name, compute in derived.items():
        try:
            value = compute(run)
        except Exception as error:
            raise InvalidInputError(f"derived metric {name!r} of run {run.run_id} failed: {error!r}") from error
        several = value if isinstance(name, _Unnamed) and isinstance(value, Mapping) else {str(name): value}
        found.update({f"{PREFIX}{one}" if one in metrics else one: what for one, what in several.items()})
    return found


class Run:
    """One run: its record, and the store that holds the rest."""

    def __init__(self, record: RunRecord, store: Store, derived: Derived | None = None) -> None:
        self.record = record
        self._store = store
        self._derived = derived or {}

    @property
    def run_id(self) -> str:
        """Its id, 32 hex digits."""
        return self.record.run_id

    @property
    def status(self) -> Status:
        """How it ended."""
        return self.record.status

    @property
    def params(self) -> Mapping[str, Any]:
        """Its parameters, resolved."""
        return self.record.params_resolved

    @property
    def metrics(self) -> Mapping[str, Any]:
        """What it captured without a step, and the derived metrics if it succeeded."""
        if not self._derived or self.status is not Status.SUCCESS:
            return self.record.metrics
        return self._with_derived

    @cached_property
    def _with_derived(self) -> Mapping[str, Any]:
        return with_derived(Run(self.record, self._store), self.record.metrics, self._derived)

    @property
    def tags(self) -> Sequence[str]:
        """The tags of its experiment and its case."""
        return self.record.tags

    @property
    def error(self) -> Mapping[str, Any] | None:
        """What ended it, as `type`, `message` and `traceback`; None for a success."""
        return self.record.error

    @property
    def duration_ms(self) -> float:
        """The wall time of its operation in milliseconds."""
        return self.record.duration_ms

    @property
    def log(self) -> str:
        """What it logged."""
        return self._store.log(self.run_id)

    def artifacts(self) -> list[Artifact]:
        """Return what describes its artifacts (name, kind, size, hash), in the order of their capture."""
        return list(self.record.artifacts)

    def artifact(self, name: str, *, allow_pickle: bool = False) -> Any:
        """Return an artifact as it was captured, once its size and hash are found right."""
        return self._store.load_artifact(self.run_id, name, allow_pickle=allow_pickle)

    def data(self, name: str) -> Any:
        """Return a structured result that was captured with `capture.data`."""
        return self.artifact(name)

    def series(self, name: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return steps (int64) and values (float64) of a stepped metric, (n,) each, in the order of capture."""
        found = self._store.series(self.run_id)
        if name not in found:
            raise UnknownNameError(f"stepped metric of run {self.run_id}", name, found)
        return found[name]

    def __repr__(self) -> str:
        return f"<run {self.run_id}: {self.status}>"
