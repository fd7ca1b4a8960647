"""Reading the runs of one experiment from their folders; nothing here changes anything.

A run is read through its open folder, so what is read belongs together even while another process replaces or deletes
the run. No link is followed below the experiment's folder: a store is data from elsewhere.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar

from pytest_optbench.engine.encoding import artifacts, series
from pytest_optbench.engine.model.records import Artifact, LocatedArtifact, RunRecord, StoredFile
from pytest_optbench.errors import (
    CorruptRecordError,
    OptbenchError,
    StoreError,
    UnknownArtifactError,
    UnknownDataError,
    UnknownRunError,
)

from . import folder, layout, record_file
from .check import check_experiment, difference
from .foreign import refuse_foreign
from .protocol import Problem, SeriesColumns
from .record_scan import RecordScanner, is_shortage, proves_damage, read_file
from .side_files import SideFiles
from .under_way import log_so_far, running_ids, running_record

Read = TypeVar("Read")


class ExperimentReader(SideFiles):
    """The runs of one experiment in the folder `path`, for reading.

    Raises:
        StoreError: a part of the folder is a link, or another runner wrote it.
    """

    def __init__(self, path: str | os.PathLike[str], experiment_id: str) -> None:
        self.path = os.path.abspath(path)
        self.experiment_id = experiment_id
        self.set_aside: list[Problem] = []
        self.runs = f"{self.path}/{layout.RUNS}"
        self.scanner = RecordScanner(self.runs, layout.RECORD, *record_file.around_run_id(experiment_id))
        self._shards: set[str] = set()  # those that are known to be folders, not links
        for part in sorted(layout.TOP_LEVEL):
            self._refuse_link(f"{self.path}/{part}")
        refuse_foreign(self.path)

    def is_finished(self, run_id: str) -> bool:
        """Return whether the run is a sound success now."""
        return self._shows(run_id, lambda place: self.scanner.passes(run_id, read_file(layout.RECORD, place)))

    def records(self) -> Iterator[RunRecord]:
        """Yield every readable record, in order of run id; others are reported in `set_aside` and left in place."""
        for run_id in self.run_ids():
            try:
                yield self.get_run_record(run_id)
            except UnknownRunError:
                continue  # deleted since it was listed
            except CorruptRecordError as error:
                self.set_aside.append(Problem(layout.run_path(self.path, run_id), "unreadable", str(error)))

    def list_run_records(self, experiment_id: str | None = None) -> list[RunRecord]:
        """Return every readable record, and of runs under way that they are; none for the id of another experiment."""
        if experiment_id not in (None, self.experiment_id):
            return []
        published = list(self.records())
        others = set(self.running_ids()) - {record.run_id for record in published}
        under_way = [running_record(self, run_id) for run_id in sorted(others)]
        return published + [record for record in under_way if record is not None]

    def get_run_record(self, run_id: str) -> RunRecord:
        """Return one record, also of a run that is under way; raises `UnknownRunError` or `CorruptRecordError`."""
        found = self._at_once(run_id)
        if found is not None:
            return found
        try:
            return self._reading(run_id, lambda place: self.record_in(place, run_id))
        except UnknownRunError:
            under_way = running_record(self, run_id)
            if under_way is None:
                raise
            return under_way

    def running_ids(self) -> Iterator[str]:
        """Yield the ids of the runs that somebody is executing now, sorted."""
        return running_ids(self)

    def run_exists(self, run_id: str) -> bool:
        """Return whether the store holds a run of that id, whatever its status."""
        return self._shows(run_id, lambda _: True)

    def list_artifacts(self, run_id: str) -> list[Artifact]:
        """Return what describes a run's artifacts (name, kind, size, hash), in the order they were captured."""
        place = layout.run_path(self.path, run_id)
        return [LocatedArtifact.of(artifact, place) for artifact in self.get_run_record(run_id).artifacts]

    def load_artifact(self, run_id: str, name: str, *, allow_pickle: bool = False) -> Any:
        """Return one artifact as it was captured, after checking its size and hash."""
        return self._load(run_id, lambda record: named(record, name), allow_pickle)

    def load_data(self, run_id: str, name: str) -> Any:
        """Return one structured result as it was captured, after checking its size and hash."""
        return self._load(run_id, lambda record: data_named(record, name), False)

    def open_artifact(self, run_id: str, name: str) -> IO[bytes]:
        """Open the bytes of one artifact for reading."""
        return self._reading(run_id, lambda place: _open(place, named(self.record_in(place, run_id), name).file))

    def series(self, run_id: str) -> SeriesColumns:
        """Return the stepped metrics of a run: name -> (int64 steps, float64 values), in the order of capture."""
        return self._own_file(run_id, layout.SERIES, series.read) or {}

    def log(self, run_id: str) -> str:
        """Return the log of a run, also while it is under way; empty if it logged nothing."""
        try:
            return self._own_file(run_id, layout.LOG, lambda file: file.read().decode("utf-8", "replace")) or ""
        except UnknownRunError:
            written = log_so_far(self, run_id)
            if written is None:
                raise
            return written

    def check(self) -> list[Problem]:
        """Compare records with files and files with records; nothing is changed."""
        return list(check_experiment(self))

    def run_ids(self) -> Iterator[str]:
        """Yield the ids of all published runs, sorted; what is no run is left out."""
        for shard in sorted(filter(layout.is_shard, folder.names(self.runs))):
            found = filter(layout.is_run_id, folder.names(f"{self.runs}/{shard}"))
            yield from sorted([run_id for run_id in found if run_id.startswith(shard)])

    @contextlib.contextmanager
    def opened(self, run_id: str) -> Iterator[int]:
        """Hold a run's folder open.

        Raises:
            OSError: it is missing, a link or no folder.
        """
        place = folder.open_folder(self._run_path(run_id))
        try:
            yield place
        finally:
            os.close(place)

    def in_place(self, run_id: str, place: int) -> bool:
        """Return whether an open run folder is still the one that the store shows."""
        try:
            now = os.lstat(layout.run_path(self.path, run_id))
        except OSError:
            return False
        return os.path.samestat(now, os.fstat(place))

    def record_in(self, place: int, run_id: str) -> RunRecord:
        """Return the record of an open run folder; raises `CorruptRecordError` and `OSError`."""
        return self._record_of(read_file(layout.RECORD, place), run_id)

    def _at_once(self, run_id: str) -> RunRecord | None:
        """Return a record if all is well, without a look at what becomes of its folder: it is one file; else None."""
        path = self._run_path(run_id)
        try:
            return self._record_of(folder.read_below(path, layout.RECORD), run_id)
        except (CorruptRecordError, OSError):
            return None

    def _record_of(self, data: bytes, run_id: str) -> RunRecord:
        record = record_file.decode(data)
        if (record.run_id, record.experiment_id) != (run_id, self.experiment_id):
            raise CorruptRecordError(f"it is of run {record.run_id} of {record.experiment_id}: misplaced")
        return record

    def unsoundness(self, shard: str, name: str) -> str | None:
        """Return why a name in a shard is no sound run of this experiment; None if it is, or is gone.

        Raises:
            OSError: it cannot be read, which is no proof of anything.
        """
        if not layout.is_run_id(name) or layout.shard(name) != shard:
            return "it is no run, or not at its place"
        try:
            with self.opened(name) as place:
                self.record_in(place, name)
        except (CorruptRecordError, OSError) as error:
            if isinstance(error, OSError) and not proves_damage(error):
                raise OSError(error.errno, error.strerror, f"{self.runs}/{shard}/{name}/{layout.RECORD}") from error
            return str(error) if os.path.lexists(layout.run_path(self.path, name)) else None
        return None

    def _shows(self, run_id: str, what: Callable[[int], bool]) -> bool:
        """Return whether a run's open folder shows something; False where it is no folder, or holds no record."""
        try:
            with self.opened(run_id) as place:
                return what(place)
        except OSError as error:
            if not proves_damage(error):
                raise StoreError(f"run {run_id} in {self.path} cannot be read: {error}") from error
            return False

    def _reading(self, run_id: str, read: Callable[[int], Read]) -> Read:
        """Read through a run's open folder, again if the run was replaced or deleted in the meantime."""
        while True:
            try:
                with self.opened(run_id) as place:
                    try:
                        return read(place)
                    except OptbenchError:
                        if self.in_place(run_id, place):
                            raise
                    except (OSError, ValueError) as error:
                        if self.in_place(run_id, place):
                            raise self._unreadable(run_id, error) from error
            except OptbenchError:  # some are an OSError as well, for those who know metalab's
                raise
            except FileNotFoundError:
                raise UnknownRunError(f"{self.experiment_id} has no run {run_id} in {self.path}") from None
            except OSError as error:
                raise self._unreadable(run_id, error) from error

    def _unreadable(self, run_id: str, error: Exception) -> StoreError:
        kind = StoreError if is_shortage(error) else CorruptRecordError
        return kind(f"run {run_id} in {self.path} cannot be read: {error}")

    def _load(self, run_id: str, choose: Callable[[RunRecord], Artifact], allow_pickle: bool) -> Any:
        def read(place: int) -> Any:
            chosen = choose(self.record_in(place, run_id))
            with _verified(place, chosen, f"{chosen.name!r} of run {run_id}") as file:
                return artifacts.load(chosen.kind, file, allow_pickle=allow_pickle)

        return self._reading(run_id, read)

    def _own_file(self, run_id: str, name: str, use: Callable[[IO[bytes]], Read]) -> Read | None:
        def read(place: int) -> Read | None:
            for listed in self.record_in(place, run_id).files:
                if listed.file == name:
                    with _verified(place, listed, f"{name} of run {run_id}") as file:
                        return use(file)
            return None

        return self._reading(run_id, read)

    def _run_path(self, run_id: str) -> str:
        """Return the folder of a run.

        Raises:
            StoreError: the folder above it is a link.
        """
        path = layout.run_path(self.path, run_id)
        shard = run_id[:2]
        if shard not in self._shards and os.path.lexists(f"{self.runs}/{shard}"):
            self._refuse_link(f"{self.runs}/{shard}")
            self._shards.add(shard)
        return path

    def _refuse_link(self, path: str) -> None:
        if folder.is_link(path):
            raise StoreError(f"{path} is a link: a store has none, so nothing here is read; remove the link")


def _open(place: int, file: str) -> IO[bytes]:
    return os.fdopen(folder.open_file(file, place), "rb")


@contextlib.contextmanager
def _verified(place: int, listed: Artifact | StoredFile, what: str) -> Iterator[IO[bytes]]:
    """Hold a file of an open run folder open, once its size and hash are found to be those of its record."""
    with _open(place, listed.file) as file:
        problem = difference(file, listed)
        if problem is not None:
            raise CorruptRecordError(f"{what} {problem}")
        file.seek(0)
        yield file


def named(record: RunRecord, name: str) -> Artifact:
    """Return the artifact of that name; raises `UnknownArtifactError`."""
    for artifact in record.artifacts:
        if artifact.name == name:
            return artifact
    listed = [artifact.name for artifact in record.artifacts]
    raise UnknownArtifactError(f"artifact of run {record.run_id}", name, listed)


def data_named(record: RunRecord, name: str) -> Artifact:
    """Return the structured result of that name; raises `UnknownDataError`."""
    for one in record.data:
        if one.name == name:
            return one
    raise UnknownDataError(f"data of run {record.run_id}", name, [*(one.name for one in record.data), *record.series])
