"""The names that metalab has for what a store of one experiment can do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pytest_optbench.engine.model.records import RunRecord
from pytest_optbench.errors import InvalidInputError, StoreError, UnknownArtifactError, UnknownDataError

if TYPE_CHECKING:
    from .protocol import SeriesColumns

RUN_LOG = "run"
STEPPED = "stepped_metric"


class Readable(Protocol):
    """What these names are made of."""

    experiment_id: str

    def get_run_record(self, run_id: str) -> RunRecord:
        """Return one record."""
        ...

    def load_data(self, run_id: str, name: str) -> Any:
        """Return a structured result."""
        ...

    def series(self, run_id: str) -> SeriesColumns:
        """Return the stepped metrics of a run."""
        ...

    def log(self, run_id: str) -> str:
        """Return the log of a run."""
        ...


class InFolder(Protocol):
    """A store in a folder."""

    path: str


class RunNames:
    """A store by the names that metalab has; made of what the store does under its own names."""

    @property
    def is_scoped(self) -> bool:
        """True: the store is of one experiment."""
        return True

    def scoped(self: Readable, experiment_id: str) -> Any:
        """Return this store, if it is of that experiment.

        Raises:
            InvalidInputError: it is of another one.
        """
        if experiment_id != self.experiment_id:
            raise InvalidInputError(f"the store is of {self.experiment_id!r}, not {experiment_id!r}: open another")
        return self

    def get_log(self: Readable, run_id: str, name: str = RUN_LOG) -> str | None:
        """Return the log of a run, also while it is under way; None where there is no such run or log."""
        if name != RUN_LOG:
            return None
        try:
            return self.log(run_id)
        except LookupError:
            return None

    def list_logs(self, run_id: str) -> list[str]:
        """Return the names of the logs of a run."""
        return [RUN_LOG] if self.get_log(run_id) else []  # type: ignore[misc]  # of whoever inherits it

    def list_results(self: Readable, run_id: str) -> list[str]:
        """Return the names of what `Run.data` gives: structured results, and stepped metrics that none hides."""
        record = self.get_run_record(run_id)
        return list(dict.fromkeys([*(one.name for one in record.data), *record.series]))

    def get_result(self: Readable, run_id: str, name: str) -> dict[str, Any] | None:
        """Return what `Run.data` gives as `data`, with its `metadata`; None where there is nothing of that name."""
        record = self.get_run_record(run_id)
        for one in record.data:
            if one.name == name:
                return {"data": self.load_data(run_id, name), "metadata": dict(one.metadata)}
        if name not in record.series:
            return None
        return {"data": points(*self.series(run_id)[name]), "metadata": {"type": STEPPED}}


class MetalabNames(RunNames):
    """The same, of a store in a folder."""

    @property
    def root(self: InFolder) -> Path:
        """The folder of the experiment."""
        return Path(self.path)

    def get_working_directory(self: InFolder) -> Path:
        """Return the folder of the experiment."""
        return Path(self.path)

    def get_artifact(self: InFolder, uri: str) -> bytes:
        """Return the bytes of the file that an artifact of this store names as its `uri`.

        Raises:
            UnknownArtifactError: it is no file of this store.
            StoreError: it cannot be read.
        """
        path = os.path.abspath(uri)
        inside = os.path.commonpath([path, os.path.realpath(path), self.path]) == self.path
        if not inside or not os.path.isfile(path):
            raise UnknownArtifactError("file of the store", uri, ())
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}") from error


def points(steps: Any, values: Any) -> list[list[Any]]:
    """Return a stepped metric as pairs of step and value, by step."""
    return [[step, value] for step, value in sorted(zip(steps.tolist(), values.tolist(), strict=True), key=_step)]


def data_of(store: Any, run_id: str, name: str) -> Any:
    """Return a structured result of a run, or a stepped metric as pairs of step and value.

    Raises:
        UnknownDataError: the run has neither under that name.
    """
    try:
        return store.load_data(run_id, name)
    except UnknownDataError:
        found = store.series(run_id)
        if name not in found:
            raise
        return points(*found[name])


def _step(point: tuple[Any, Any]) -> Any:
    return point[0]
