"""Reading the runs of one experiment in a database; nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, Final, TypeVar

from sqlalchemy import Connection, Select, Table, bindparam, select

from pytest_optbench.engine.encoding import artifacts, series
from pytest_optbench.engine.encoding.strict_json import loads
from pytest_optbench.engine.model.records import Artifact, LocatedArtifact, RunRecord, StoredFile
from pytest_optbench.engine.store import layout
from pytest_optbench.engine.store.protocol import Durability, Problem, RecordColumns, SeriesColumns
from pytest_optbench.engine.store.reader import data_named, named
from pytest_optbench.errors import CorruptRecordError, OptbenchError, UnknownRunError

from . import rows
from .columns import columns_of
from .contents import opened
from .database import Database
from .large_files import FolderFiles, LargeFiles, TableFiles
from .location import Location
from .prepared import Prepared
from .tables import DERIVED, EXPERIMENTS, ORIGINS, RUNS, SCHEMA, refuse_later, version_of

Read = TypeVar("Read")
MANY: Final = 1_000  # rows that are read at a time
ROW: Final = [
    RUNS.c[name]
    for name in (
        *("run_id", "status", "started_at", "finished_at", "duration_ms", "params", "metrics", "rest", "checksum"),
        "origin",
    )
]


class SqlReader:
    """The runs of one experiment in a database, for reading."""

    _STATUS: Final = Prepared(
        select(RUNS.c.status).where(RUNS.c.experiment == bindparam("number"), RUNS.c.run_id == bindparam("run"))
    )

    def __init__(self, location: Location, experiment_id: str, durability: Durability) -> None:
        self.location = location
        self.experiment_id = experiment_id
        self.set_aside: list[Problem] = []
        self.database = Database(location, durability)
        self._durability: Durability = durability
        self._large_files: LargeFiles | None = None
        self._number: int | None = None
        self._origins: dict[int, str] = {}

    def run_ids(self) -> Iterator[str]:
        """Yield the ids of all runs, sorted."""
        return iter(self._ids(select(RUNS.c.run_id).order_by(RUNS.c.run_id)))

    def records(self) -> Iterator[RunRecord]:
        """Yield every readable record, in order of run id; others are reported in `set_aside` and left in place."""
        for row in self.rows():
            try:
                yield self.decoded(row)
            except CorruptRecordError as error:
                self.set_aside.append(Problem(self.where(bytes(row[0]).hex()), "unreadable", str(error)))

    def list_run_records(self, experiment_id: str | None = None) -> list[RunRecord]:
        """Return every readable record; none for the id of another experiment."""
        return [] if experiment_id not in (None, self.experiment_id) else list(self.records())

    def get_run_record(self, run_id: str) -> RunRecord:
        """Return one record; raises `UnknownRunError` or `CorruptRecordError`."""
        return self.decoded(self._row(run_id, ROW))

    def run_exists(self, run_id: str) -> bool:
        """Return whether the store holds a run of that id, whatever its status."""
        return self.status_of(run_id) is not None

    def status_of(self, run_id: str) -> str | None:
        """Return the status of a run; None where there is no such run."""
        values = {"number": self.number(), "run": bytes.fromhex(layout.checked_run_id(run_id))}
        if values["number"] is None:
            return None
        row = self.database.read("read", lambda connection: self._STATUS.first(connection, values))
        return None if row is None else str(row[0])

    def list_artifacts(self, run_id: str) -> list[Artifact]:
        """Return what describes a run's artifacts (name, kind, size, hash), in the order they were captured."""
        return [LocatedArtifact.of(one, self.where(run_id)) for one in self.get_run_record(run_id).artifacts]

    def load_artifact(self, run_id: str, name: str, *, allow_pickle: bool = False) -> Any:
        """Return one artifact as it was captured, after checking its size and hash."""
        return self._load(run_id, lambda record: named(record, name), allow_pickle)

    def load_data(self, run_id: str, name: str) -> Any:
        """Return one structured result as it was captured, after checking its size and hash."""
        return self._load(run_id, lambda record: data_named(record, name), False)

    def open_artifact(self, run_id: str, name: str) -> IO[bytes]:
        """Open the bytes of one artifact for reading."""
        return self._open(run_id, lambda record: named(record, name))[1]

    def series(self, run_id: str) -> SeriesColumns:
        """Return the stepped metrics of a run: name -> (int64 steps, float64 values), in the order of capture."""
        return self._own_file(run_id, layout.SERIES, series.read) or {}

    def log(self, run_id: str) -> str:
        """Return the log of a run; empty if it logged nothing."""
        return self._own_file(run_id, layout.LOG, lambda file: file.read().decode("utf-8", "replace")) or ""

    def get_derived(self, run_id: str) -> dict[str, Any] | None:
        """Return the metrics that were derived from a run; None where there are none, or those of an earlier attempt.

        Raises:
            UnknownRunError: there is no such run.
        """
        (attempt,) = self._row(run_id, [RUNS.c.finished_at])
        wanted = select(DERIVED.c.content).where(*self._of(DERIVED, run_id), DERIVED.c.attempt == attempt)
        text = self.read(wanted, lambda found: found.scalar())
        return None if text is None else _mapping(text, f"derived metrics of run {run_id} in {self.location}")

    def derived_exists(self, run_id: str) -> bool:
        """Return whether metrics were derived from this run, as it is now."""
        return self.get_derived(run_id) is not None

    def get_experiment_manifest(self, experiment_id: str) -> dict[str, Any] | None:
        """Return what describes the experiment; None where nobody said, or for another one."""
        number = self.number()
        if number is None or experiment_id != self.experiment_id:
            return None
        text = self.read(select(EXPERIMENTS.c.manifest).where(EXPERIMENTS.c.id == number), lambda found: found.scalar())
        return None if text is None else _mapping(text, f"the manifest of {experiment_id} in {self.location}")

    def rows(self, columns: Sequence[Any] = ROW, run_ids: Sequence[str] | None = None) -> Iterator[Sequence[Any]]:
        """Yield these columns of all runs, or of these, whose ids are sorted; some hundred at a time.

        No transaction is open in between, so a reader keeps no writer's log from being cleared.
        """
        number = self.number()
        if number is None:
            return
        if run_ids is not None:
            for start in range(0, len(run_ids), MANY):
                some = [bytes.fromhex(run_id) for run_id in run_ids[start : start + MANY]]
                wanted = select(*columns).where(RUNS.c.experiment == number, RUNS.c.run_id.in_(some))
                yield from self.read(wanted.order_by(RUNS.c.run_id), lambda found: found.all())
            return
        last = b""
        wanted = select(RUNS.c.run_id, *columns).where(RUNS.c.experiment == number).order_by(RUNS.c.run_id).limit(MANY)
        while found := self.read(wanted.where(RUNS.c.run_id > last), lambda found: found.all()):
            yield from (row[1:] for row in found)
            last = bytes(found[-1][0])

    def columns(self, run_ids: Sequence[str]) -> Iterator[RecordColumns]:
        """Yield these runs, whose ids are sorted, piece by piece; what cannot be read is logged and left out."""
        return columns_of(self.rows(ROW, run_ids), self.origin)

    def number(self) -> int | None:
        """Return the number of the experiment in the database; None where it has none yet.

        Raises:
            StoreError: the database is another program's, or written by a later version.
        """
        if self._number is None and self.database.kind.exists():
            self._number = self.database.read("look for the experiment", self._look_up)
        return self._number

    @property
    def large_files(self) -> LargeFiles:
        """Where large files are; those of several databases in one folder are kept apart by the token of each."""
        if self._large_files is None:
            root = self.database.kind.file_root
            if self.location.file_root is not None:
                root = f"{root}/{self.read(select(SCHEMA.c.token), lambda found: found.scalar_one())}"
            durable = self._durability == "power"
            self._large_files = TableFiles(self.database) if root is None else FolderFiles(root, durable=durable)
        return self._large_files

    def origin(self, number: int) -> str:
        """Return what runs of this origin share."""
        if number not in self._origins:
            wanted = select(ORIGINS.c.content).where(ORIGINS.c.id == number)
            self._origins[number] = str(self.read(wanted, lambda found: found.scalar()))
        return self._origins[number]

    def read(self, wanted: Select[Any], use: Callable[[Any], Read]) -> Read:
        """Return what `use` makes of the rows that are selected; raises `StoreError`."""
        return self.database.read("read", lambda connection: use(connection.execute(wanted)))

    def where(self, run_id: str) -> str:
        """Return where a run is, for messages and as the place of its artifacts."""
        return f"{self.location}#{run_id}"

    def _look_up(self, connection: Connection) -> int | None:
        version = version_of(connection)
        if version is None:
            self.database.kind.refuse_other(connection)
            return None
        refuse_later(version, str(self.location))
        wanted = select(EXPERIMENTS.c.id).where(EXPERIMENTS.c.experiment_id == key_of(self.experiment_id))
        return connection.execute(wanted).scalar()

    def _ids(self, wanted: Select[Any]) -> list[str]:
        number = self.number()
        if number is None:
            return []
        found = self.read(wanted.where(RUNS.c.experiment == number), lambda found: found.scalars().all())
        return [run_id.hex() for run_id in found]

    def _row(self, run_id: str, columns: Iterable[Any]) -> Any:
        wanted = select(*columns).where(*self._of(RUNS, run_id))
        row = None if self.number() is None else self.read(wanted, lambda found: found.first())
        if row is None:
            raise UnknownRunError(f"{self.experiment_id} has no run {run_id} in {self.location}")
        return row

    def _of(self, table: Table, run_id: str) -> tuple[Any, Any]:
        """Return the conditions for the rows of a run."""
        return table.c.experiment == self.number(), table.c.run_id == bytes.fromhex(layout.checked_run_id(run_id))

    def decoded(self, row: Sequence[Any]) -> RunRecord:
        """Return the record of a row of `ROW`; raises `CorruptRecordError`."""
        try:
            return rows.decode((*row[:-1], self.origin(row[-1])), self.experiment_id)
        except CorruptRecordError as error:
            raise CorruptRecordError(f"{self.where(bytes(row[0]).hex())}: {error}") from error

    def _open(self, run_id: str, choose: Callable[[RunRecord], Read]) -> tuple[Read, IO[bytes]]:
        row = self._row(run_id, [*ROW, RUNS.c.content])
        record = self.decoded(row[:-1])
        chosen = choose(record)
        assert isinstance(chosen, Artifact | StoredFile)
        return chosen, opened(self, record, row, chosen)

    def _load(self, run_id: str, choose: Callable[[RunRecord], Artifact], allow_pickle: bool) -> Any:
        chosen, file = self._open(run_id, choose)
        with file:
            try:
                return artifacts.load(chosen.kind, file, allow_pickle=allow_pickle)
            except OptbenchError:
                raise
            except (ValueError, OSError) as error:
                raise CorruptRecordError(f"{chosen.name!r} of {self.where(run_id)} cannot be read: {error}") from error

    def _own_file(self, run_id: str, name: str, use: Callable[[IO[bytes]], Read]) -> Read | None:
        row = self._row(run_id, [*ROW, RUNS.c.content])
        record = self.decoded(row[:-1])
        listed = next((one for one in record.files if one.file == name), None)
        if listed is None:
            return None
        with opened(self, record, row, listed) as file:
            return use(file)


def key_of(experiment_id: str) -> str:
    """Return the text that stands for an experiment in a database: no NUL, and no half of a character."""
    return experiment_id.encode("unicode_escape").decode("ascii")


def experiment_of(key: str) -> str:
    """Return the experiment of a key."""
    return key.encode("ascii").decode("unicode_escape")


def _mapping(text: str, what: str) -> dict[str, Any]:
    try:
        said = loads(text)
    except ValueError as error:
        raise CorruptRecordError(f"{what} cannot be read: {error}") from error
    if not isinstance(said, dict):
        raise CorruptRecordError(f"{what} are not what was written")
    return said
