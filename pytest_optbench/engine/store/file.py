"""The file store: one folder a run, published whole by one rename.

What is promised: a published run survives the death of any process (`durability="process"`), or a power loss
(`durability="power"`: files, folders and the rename are synced).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any

from pytest_optbench.engine import artifacts, recordfile, series
from pytest_optbench.engine.records import Artifact, RunRecord, Status
from pytest_optbench.errors import CorruptRecordError, InvalidInputError, StoreError, UnknownRunError

from . import folder, layout
from .check import check_run, stray_entries
from .claims import Claims
from .draft import FolderDraft
from .protocol import Draft, Durability, Problem, SeriesColumns


@dataclass(frozen=True)
class FileStoreSpec:
    """What another process needs to open the same store."""

    path: str
    experiment_id: str
    durability: Durability = "process"

    def open(self) -> ExperimentStore:
        """Open it here."""
        return ExperimentStore(self.path, self.experiment_id, self.durability)


class ExperimentStore:
    """The runs of one experiment in the folder `path`."""

    def __init__(self, path: str, experiment_id: str, durability: Durability = "process") -> None:
        self.path = os.path.abspath(path)
        self.experiment_id = experiment_id
        self.set_aside: list[Problem] = []
        self._durability: Durability = durability
        self._head = f"{self.path}/{layout.RUNS}"
        self._drafts = f"{self.path}/{layout.DRAFTS}"
        self._shards: set[str] = set()
        self._make_folders()
        self._claims = Claims(f"{self.path}/{layout.CLAIMS}")

    def finished(self) -> set[str]:
        """Return the ids of all sound successes; what is not sound is set aside, what the dead left is cleared."""
        self._clear_drafts()
        sound = set()
        for run_id in self.run_ids():
            data = self._read_record(run_id)
            if data is not None and self._is_success(run_id, data):
                sound.add(run_id)
            else:
                self._judge(run_id, data)
        return sound

    def is_finished(self, run_id: str) -> bool:
        """Tell whether the run is a sound success now."""
        data = self._read_record(layout.checked_run_id(run_id))
        return data is not None and self._is_success(run_id, data)

    def claim(self, run_id: str) -> bool:
        """Take the right to execute and write this run; False while somebody alive holds it."""
        try:
            return self._claims.take(layout.checked_run_id(run_id))
        except OSError as error:
            raise StoreError(f"cannot lock {self.path}/{layout.CLAIMS}: {error.strerror}") from error

    def release(self, run_id: str) -> None:
        """Give the claim back."""
        self._claims.free(run_id)

    def draft(self, run_id: str) -> FolderDraft:
        """Start a draft of a claimed run, empty whatever an earlier attempt left."""
        place = f"{self._drafts}/{layout.checked_run_id(run_id)}"
        try:
            try:
                os.mkdir(place)
            except FileExistsError:
                folder.remove_tree(place)
                os.mkdir(place)
        except OSError as error:
            raise StoreError(f"cannot make the draft folder {place}: {error.strerror}") from error
        return FolderDraft(run_id, place, durable=self._durability == "power")

    def publish(self, draft: Draft, record: RunRecord) -> None:
        """Make the draft and its record the run, whole and at once, in place of any earlier attempt."""
        assert isinstance(draft, FolderDraft), "a draft goes back to the store that made it"
        if draft.broken is not None and record.status is Status.SUCCESS:
            raise draft.broken
        draft.write(layout.RECORD, (recordfile.encode(record),))
        target = self._shard_folder(record.run_id)
        try:
            if self._durability == "power":
                folder.sync_folder(draft.folder)
            spare = f"{self._drafts}/{folder.unused_name(layout.DEAD)}"
            if folder.replace_folder(draft.folder, f"{target}/{record.run_id}", spare):
                folder.remove_tree(spare)
            if self._durability == "power":
                folder.sync_folder(target)
        except OSError as error:
            raise StoreError(f"cannot publish run {record.run_id} in {target}: {error.strerror}") from error

    def discard(self, draft: Draft) -> None:
        """Drop a draft and all it holds."""
        assert isinstance(draft, FolderDraft), "a draft goes back to the store that made it"
        with contextlib.suppress(OSError):  # it is cleared again when the store is next opened to resume
            folder.remove_tree(draft.folder)

    def records(self) -> Iterator[RunRecord]:
        """Yield every readable record, in order of run id; others are reported in `set_aside` and left in place."""
        for run_id in sorted(self.run_ids()):
            try:
                yield self.get_run_record(run_id)
            except UnknownRunError:
                continue  # deleted since it was listed
            except CorruptRecordError as error:
                self.set_aside.append(Problem(self._where(run_id), "corrupt record", str(error)))

    def list_run_records(self) -> list[RunRecord]:
        """Return every readable record."""
        return list(self.records())

    def get_run_record(self, run_id: str) -> RunRecord:
        """Return one record."""
        data = self._read_record(layout.checked_run_id(run_id))
        if data is None:
            raise UnknownRunError(f"{self.experiment_id} has no run {run_id}")
        record = recordfile.decode(data)
        if (record.run_id, record.experiment_id) != (run_id, self.experiment_id):
            raise CorruptRecordError(f"{self._where(run_id)} holds run {record.run_id} of {record.experiment_id}")
        return record

    def run_exists(self, run_id: str) -> bool:
        """Tell whether the store holds a run of that id, whatever its status."""
        return self._read_record(layout.checked_run_id(run_id)) is not None

    def list_artifacts(self, run_id: str) -> list[str]:
        """Return the names of a run's artifacts, in the order they were captured."""
        return [artifact.name for artifact in self.get_run_record(run_id).artifacts]

    def load_artifact(self, run_id: str, name: str, *, allow_pickle: bool = False) -> Any:
        """Return one artifact as it was captured, after checking its size and hash."""
        artifact = self._artifact(run_id, name)
        with self._open(run_id, artifact.file) as stream:
            problem = check_run(stream, artifact)
            if problem is not None:
                raise CorruptRecordError(f"artifact {name!r} of run {run_id} {problem}")
            stream.seek(0)
            suffix = PurePath(artifact.file).suffix
            return artifacts.load(artifact.kind, stream, suffix, allow_pickle=allow_pickle)

    def open_artifact(self, run_id: str, name: str) -> IO[bytes]:
        """Open the bytes of one artifact for reading."""
        return self._open(run_id, self._artifact(run_id, name).file)

    def series(self, run_id: str) -> SeriesColumns:
        """Return the stepped metrics of a run."""
        if not self.get_run_record(run_id).series:
            return {}
        with self._open(run_id, layout.SERIES) as stream:
            return series.read(stream)

    def log(self, run_id: str) -> str:
        """Return the log of a run; empty if it logged nothing."""
        if all(file.file != layout.LOG for file in self.get_run_record(run_id).files):
            return ""
        with self._open(run_id, layout.LOG) as stream:
            return stream.read().decode("utf-8")

    def delete_run(self, run_id: str) -> None:
        """Remove a run whole."""
        if not self.run_exists(run_id):
            raise UnknownRunError(f"{self.experiment_id} has no run {run_id}")
        if not self.claim(run_id):
            raise StoreError(f"run {run_id} is being executed: wait for its end, then delete it")
        try:
            spare = f"{self._drafts}/{folder.unused_name(layout.DEAD)}"
            os.rename(self._where(run_id), spare)
            folder.remove_tree(spare)
        except OSError as error:
            raise StoreError(f"cannot delete run {run_id}: {error.strerror}") from error
        finally:
            self.release(run_id)

    def check(self) -> list[Problem]:
        """Compare records with files and files with records; nothing is changed."""
        return list(stray_entries(self))

    def spec(self) -> FileStoreSpec:
        """Return what another process needs to open this store."""
        return FileStoreSpec(self.path, self.experiment_id, self._durability)

    def close(self) -> None:
        """Let go of the lock file and of every claim."""
        self._claims.close()

    def run_folder(self, run_id: str) -> str:
        """The folder of a published run."""
        return self._where(run_id)

    def _where(self, run_id: str) -> str:
        return f"{self._head}/{layout.shard(run_id)}/{run_id}"

    def run_ids(self) -> Iterator[str]:
        """The ids of all published runs, in no order."""
        for shard in filter(layout.is_shard, os.listdir(self._head)):
            yield from filter(layout.is_run_id, os.listdir(f"{self._head}/{shard}"))

    def _read_record(self, run_id: str) -> bytes | None:
        """The bytes of a record, None where there is no such run; empty, and so corrupt, where it cannot be read."""
        place = f"{self._head}/{run_id[:2]}/{run_id}"
        try:
            return folder.read_file(f"{place}/{layout.RECORD}")
        except OSError:
            return b"" if os.path.lexists(place) else None

    def _is_success(self, run_id: str, data: bytes) -> bool:
        return data.startswith(recordfile.head(Status.SUCCESS, run_id, self.experiment_id)) and recordfile.is_whole(
            data
        )

    def _judge(self, run_id: str, data: bytes | None) -> None:
        """Leave a sound record of another status; set anything else aside, so that its run is done again."""
        try:
            if data is None:
                raise CorruptRecordError("it has no readable record")
            self.get_run_record(run_id)
        except UnknownRunError:
            return
        except CorruptRecordError as error:
            self._quarantine(run_id, str(error))

    def _quarantine(self, run_id: str, why: str) -> None:
        if not self._claims.attempt(run_id):
            return  # somebody is just replacing it
        try:
            place = f"{self.path}/{layout.QUARANTINE}"
            os.makedirs(place, exist_ok=True)
            target = f"{place}/{folder.unused_name(f'{run_id}.')}"
            os.rename(self._where(run_id), target)
            self.set_aside.append(Problem(target, "set aside", f"run {run_id}: {why}; it is done again"))
        except OSError as error:
            raise StoreError(f"cannot set aside {self._where(run_id)}: {error.strerror}") from error
        finally:
            self._claims.free(run_id)

    def _clear_drafts(self) -> None:
        """Remove what dead processes left; a draft whose claim can be taken has no living owner."""
        with self._claims.housekeeping():
            for name in os.listdir(self._drafts):
                if layout.is_run_id(name):
                    if not self._claims.attempt(name):
                        continue
                    try:
                        folder.remove_tree(f"{self._drafts}/{name}")
                    finally:
                        self._claims.free(name)
                elif not name.startswith(layout.DEAD):
                    folder.remove_tree(f"{self._drafts}/{name}")

    def _shard_folder(self, run_id: str) -> str:
        place = f"{self._head}/{layout.shard(layout.checked_run_id(run_id))}"
        if place not in self._shards:
            try:
                os.makedirs(place, exist_ok=True)
            except OSError as error:
                raise StoreError(f"cannot make {place}: {error.strerror}") from error
            self._shards.add(place)
        return place

    def _artifact(self, run_id: str, name: str) -> Artifact:
        record = self.get_run_record(run_id)
        for artifact in record.artifacts:
            if artifact.name == name:
                return artifact
        listed = ", ".join(artifact.name for artifact in record.artifacts) or "none"
        raise InvalidInputError(f"run {run_id} has no artifact {name!r}: it has {listed}")

    def _open(self, run_id: str, file: str) -> IO[bytes]:
        try:
            return os.fdopen(folder.open_file(f"{self._where(run_id)}/{file}", None), "rb")
        except OSError as error:
            raise CorruptRecordError(f"{self._where(run_id)}/{file} cannot be read: {error.strerror}") from error

    def _make_folders(self) -> None:
        try:
            os.makedirs(self._head, exist_ok=True)
            os.makedirs(self._drafts, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make a store at {self.path}: {error.strerror}; choose a folder") from error
