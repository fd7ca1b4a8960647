"""One run read back from a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.model.records import Artifact, RunRecord, Status
from pytest_optbench.engine.store.metalab_names import data_of
from pytest_optbench.engine.store.protocol import DerivedReader, ManifestReader, ReadableStore
from pytest_optbench.errors import UnknownNameError

from .experiment_info import ExperimentInfo

if TYPE_CHECKING:
    import numpy as np


class Run:
    """One run: its record, and the store that holds the rest."""

    def __init__(self, record: RunRecord, store: ReadableStore) -> None:
        self.record = record
        self._store = store

    @property
    def run_id(self) -> str:
        """Its id, 32 hex digits."""
        return self.record.run_id

    @property
    def experiment_id(self) -> str:
        """Its experiment, `"name:version"`."""
        return self.record.experiment_id

    @property
    def store(self) -> ReadableStore:
        """The store that holds it."""
        return self._store

    @property
    def experiment(self) -> ExperimentInfo:
        """The description, metadata and tags of its experiment, as the store has them."""
        manifest = None
        if isinstance(self._store, ManifestReader):
            manifest = self._store.get_experiment_manifest(self.experiment_id)
        return ExperimentInfo.from_manifest(manifest or vars(ExperimentInfo.from_experiment_id(self.experiment_id)))

    @property
    def status(self) -> Status:
        """Its status: success, failed, cancelled or, while it is under way, running."""
        return self.record.status

    @property
    def params(self) -> Mapping[str, Any]:
        """Its parameters, resolved."""
        return self.record.params_resolved

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The metrics that it captured without a step."""
        return self.record.metrics

    @property
    def derived(self) -> dict[str, Any]:
        """The stored metrics that were derived from it after its end; empty if there are none."""
        return (self._store.get_derived(self.run_id) or {}) if isinstance(self._store, DerivedReader) else {}

    @property
    def tags(self) -> Sequence[str]:
        """The tags of its experiment and its case."""
        return self.record.tags

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The error that ended it, with `type`, `message` and `traceback`; None for a success."""
        return self.record.error

    @property
    def started_at(self) -> datetime:
        """The time at which it began, in UTC."""
        return self.record.started_at

    @property
    def finished_at(self) -> datetime:
        """The time at which it ended, in UTC."""
        return self.record.finished_at

    @property
    def duration_ms(self) -> float:
        """The wall time of its operation in milliseconds."""
        return self.record.duration_ms

    @property
    def context_fingerprint(self) -> str:
        """The identity of the context."""
        return self.record.context_fingerprint

    @property
    def params_fingerprint(self) -> str:
        """The identity of the parameters."""
        return self.record.params_fingerprint

    @property
    def seed_fingerprint(self) -> str:
        """The identity of the seed."""
        return self.record.seed_fingerprint

    @property
    def log(self) -> str:
        """The text of its log."""
        return self._store.log(self.run_id)

    def artifacts(self) -> list[Artifact]:
        """Return the descriptions of its artifacts (name, kind, size, hash, place), in the order of their capture."""
        return self._store.list_artifacts(self.run_id) if self.record.artifacts else []

    def artifact(self, name: str, *, allow_pickle: bool = False) -> Any:
        """Return an artifact as it was captured, after a check of its size and hash.

        Raises:
            UnknownArtifactError: it has no artifact of that name; also a FileNotFoundError.
        """
        return self._store.load_artifact(self.run_id, name, allow_pickle=allow_pickle)

    def data(self, name: str) -> Any:
        """Return a value captured with `capture.data`, or a stepped metric as (step, value) pairs ordered by step.

        Raises:
            UnknownDataError: it has neither of that name; also a KeyError.
        """
        return data_of(self._store, self.run_id, name)

    def list_data(self) -> list[str]:
        """Return the names that `data` knows."""
        listed: list[str] = self._store.list_results(self.run_id) if hasattr(self._store, "list_results") else []
        return listed or list(dict.fromkeys([*(one.name for one in self.record.data), *self.record.series]))

    def series(self, name: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return steps (int64) and values (float64) of a stepped metric, (n,) each, in the order of capture.

        Raises:
            UnknownNameError: it has no stepped metric of that name.
        """
        found = self._store.series(self.run_id)
        if name not in found:
            raise UnknownNameError(f"stepped metric of run {self.run_id}", name, found)
        return found[name]

    def __repr__(self) -> str:
        return f"<run {self.run_id}: {self.status}>"
