"""The protocol of stores: what the engine asks of one, small enough that a database fits it in one file.

A store holds the runs of one experiment. A run is written into a private draft by the process that holds its claim, and
published whole; until then nobody sees any of it. Every method raises `StoreError` when the store cannot do what it was
asked: nothing is ever silently not stored. CONTRIBUTING.md has the steps for adding a store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from pytest_optbench.engine.model.records import Artifact, RunRecord, StoredFile

if TYPE_CHECKING:
    import numpy as np

Durability = Literal["process", "power"]
Bytes = bytes | bytearray | memoryview
SeriesColumns = dict[str, "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the store that is not as it should be: where, of which kind, and what to do about it."""

    where: str
    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.detail}"


class DraftFile(Protocol):
    """One file of a draft, written from front to back."""

    def write(self, data: Bytes) -> int:
        """Append `data`; returns its length in bytes."""

    def flush(self) -> None:
        """Let what was written so far be read, where the store can."""

    def close(self) -> StoredFile:
        """Finish the file and return its name, size and hash."""


class Draft(Protocol):
    """The private place where one attempt at a run writes. File names come from `layout` and are safe as they are."""

    @property
    def run_id(self) -> str:
        """The run this draft belongs to."""

    def open(self, file: str) -> DraftFile:
        """Start a file of that name, in place of an earlier one."""

    def write(self, file: str, chunks: Iterable[Bytes]) -> StoredFile:
        """Write a whole file from its chunks; after an error nothing of it remains."""

    def remove(self, file: str) -> None:
        """Drop a file that was written before."""


class StoreSpec(Protocol):
    """A picklable description of a store, sent to another process."""

    def open(self) -> Store:
        """Open the same store in this process."""


@runtime_checkable
class ReadableStore(Protocol):
    """The runs of one experiment, for reading."""

    set_aside: list[Problem]  # what reading could not use, why, and where it is now

    @property
    def experiment_id(self) -> str:
        """The experiment whose runs are kept here."""

    def run_ids(self) -> Iterator[str]:
        """Yield the ids of all runs, sorted."""

    def records(self) -> Iterator[RunRecord]:
        """Yield every readable record, one at a time, in order of run id."""

    def list_run_records(self) -> list[RunRecord]:
        """Return every readable record."""

    def get_run_record(self, run_id: str) -> RunRecord:
        """Return one record; raises `UnknownRunError` or `CorruptRecordError`."""

    def run_exists(self, run_id: str) -> bool:
        """Return whether the store holds a run of that id, whatever its status."""

    def list_artifacts(self, run_id: str) -> list[Artifact]:
        """Return what describes a run's artifacts (name, kind, size, hash), in the order they were captured."""

    def load_artifact(self, run_id: str, name: str, *, allow_pickle: bool = False) -> Any:
        """Return one artifact as it was captured, after checking its size and hash."""

    def load_data(self, run_id: str, name: str) -> Any:
        """Return one structured result as it was captured, after checking its size and hash."""

    def open_artifact(self, run_id: str, name: str) -> IO[bytes]:
        """Open the bytes of one artifact for reading."""

    def series(self, run_id: str) -> SeriesColumns:
        """Return the stepped metrics of a run: name -> (int64 steps, float64 values), in the order of capture."""

    def log(self, run_id: str) -> str:
        """Return the log of a run; empty if it logged nothing."""


@runtime_checkable
class Store(ReadableStore, Protocol):
    """The runs of one experiment, for reading and writing."""

    def finished(self) -> set[str]:
        """Return the ids of all sound successes, and clear away what dead processes left behind.

        A record that is torn, altered or of another run or experiment is set aside, so that its run is done again.
        """

    def is_finished(self, run_id: str) -> bool:
        """Return whether the run is a sound success now; asked once a run, after its claim."""

    def claim(self, run_id: str) -> bool:
        """Take the right to execute and write this run; False while somebody alive holds it."""

    def release(self, run_id: str) -> None:
        """Give the claim back; the death of the process does so too."""

    def draft(self, run_id: str) -> Draft:
        """Start a draft of a claimed run, empty whatever an earlier attempt left."""

    def publish(self, draft: Draft, record: RunRecord) -> None:
        """Make the draft and its record the run, whole and at once, in place of any earlier attempt.

        Raises `StoreError` and stores nothing if that is impossible, and for a success of which a file could not be
        written, even where the operation overlooked it.
        """

    def discard(self, draft: Draft) -> None:
        """Drop a draft and all it holds."""

    def delete_run(self, run_id: str) -> None:
        """Remove a run whole; raises `UnknownRunError`, and `StoreError` while somebody alive holds its claim."""

    def check(self) -> list[Problem]:
        """Compare records with files and files with records; nothing is changed."""

    def spec(self) -> StoreSpec:
        """Return what another process needs to open this store."""

    def close(self) -> None:
        """Close files and connections and release every claim; later calls open them again."""


@runtime_checkable
class DerivedReader(Protocol):
    """What a store may offer besides: to know metrics that were derived from runs."""

    def get_derived(self, run_id: str) -> dict[str, Any] | None:
        """Return the metrics that were derived from a run as it is now; None where there are none."""


@runtime_checkable
class DerivedStore(DerivedReader, Protocol):
    """What a store may offer besides: to keep metrics that were derived from runs, next to their records."""

    def put_derived(self, run_id: str, derived: Mapping[str, Any]) -> None:
        """Keep metrics that were derived from a run, in place of earlier ones."""


@runtime_checkable
class RunningReader(Protocol):
    """What a store may offer besides: to know runs that are under way."""

    def running_ids(self) -> Iterator[str]:
        """Yield the ids of the runs that somebody is executing now, sorted."""


@runtime_checkable
class ManifestReader(Protocol):
    """What a store may offer besides: to know what describes the experiment."""

    def get_experiment_manifest(self, experiment_id: str) -> dict[str, Any] | None:
        """Return what describes the experiment; None where nobody said."""


@runtime_checkable
class ManifestStore(ManifestReader, Protocol):
    """What a store may offer besides: to keep what describes the experiment."""

    def put_experiment_manifest(self, experiment_id: str, manifest: Mapping[str, Any]) -> None:
        """Keep what describes the experiment, in place of what was said before."""


@runtime_checkable
class LookupStore(Protocol):
    """What a store may offer besides: to look up the runs of a small plan without going through all that it holds."""

    def holds_more_than(self, runs: int) -> bool:
        """Return whether more runs than these are stored; an estimate will do, but it must not cost a look at all."""

    def finished_among(self, run_ids: Iterable[str]) -> set[str]:
        """Return those of these ids that are sound successes; of these runs alone, do what `finished` does."""


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """What a table needs of some hundred or thousand runs, by columns; lists of equal length."""

    record: Mapping[str, list[Any]]  # run_id, status, started_at, finished_at, duration_ms
    params: list[dict[str, Any]]
    metrics: list[dict[str, Any]]
    metadata: list[dict[str, Any]]
    errors: list[Mapping[str, Any] | None]


@runtime_checkable
class ColumnReader(Protocol):
    """What a store may offer besides: to read runs by columns, in a small part of the time that their records take."""

    @property
    def experiment_id(self) -> str:
        """The experiment whose runs are kept here."""

    def columns(self, run_ids: Sequence[str]) -> Iterator[RecordColumns]:
        """Yield these runs, whose ids are sorted, piece by piece; what cannot be read is logged and left out."""


@runtime_checkable
class VerifyingStore(Protocol):
    """What a store may offer besides: to find a success whose files were damaged, by their sizes and hashes."""

    def verify(self, run_id: str) -> str | None:
        """Compare the files of a claimed run with its record, and set it aside if one is damaged; returns what is.

        Raises `StoreError` where a file cannot be read, which is no proof of damage.
        """
