"""The store of one experiment in a database, for reading and writing.

A run with all that it captured is one row, committed in one transaction; its large files are in place before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, exists, insert, select, text, update

from pytest_optbench.engine.encoding.strict_json import dumps
from pytest_optbench.engine.model.records import RunRecord, Status
from pytest_optbench.engine.store import layout
from pytest_optbench.engine.store.metalab_names import RunNames
from pytest_optbench.engine.store.protocol import Draft, Durability, Problem
from pytest_optbench.errors import InvalidInputError, StoreError, UnknownRunError

from . import rows, tables
from .checking import check_experiment, check_run
from .commits import Commits, Publication
from .contents import files_of
from .draft import SqlDraft
from .large_files import unused
from .location import Location
from .reader import SqlReader, key_of
from .tables import DERIVED, EXPERIMENTS, LARGE, ORIGINS, RUNS

_SUCCESS: Final = Status.SUCCESS.value


@dataclass(frozen=True)
class SqlStoreSpec:
    """What another process needs to open the same store."""

    location: Location
    experiment_id: str
    durability: Durability = "process"

    def open(self) -> SqlExperimentStore:
        """Open it here."""
        return SqlExperimentStore(self.location, self.experiment_id, self.durability)


class SqlExperimentStore(SqlReader, RunNames):
    """The runs of one experiment in a database; its tables are made by the first claim.

    Raises:
        StoreError: an SQLite file on a network file system.
    """

    def __init__(self, location: Location, experiment_id: str, durability: Durability = "process") -> None:
        super().__init__(location, experiment_id, durability)
        self.durability: Durability = durability
        self.claims = self.database.kind.claims
        self.is_read_only = False  # known once it is set up
        self.config: Any = None  # that it was opened by
        self._commits = Commits(self.database)
        self._numbers: dict[str, int] = {}  # of origins
        self._is_set_up = False

    def set_up(self) -> None:
        """Make the tables and the experiment if they are missing; done by the first claim.

        A database that is there and may only be read is left as it is, and nothing in it can be claimed.
        """
        kind = self.database.kind
        self.is_read_only = kind.is_read_only and self.number() is not None
        if not self.is_read_only:
            kind.create()
            if self.number() is None:
                self.database.write("make a store", self._make)
            kind.experiment = self.number()
        self._is_set_up = True

    def finished(self) -> set[str]:
        """Return the ids of all successes, from an index alone, and clear away what dead processes left behind."""
        self.set_up()
        if not self.is_read_only:
            with _failing(f"clear away the drafts of dead processes in {self.location}"):
                self.large_files.clear()
            self._remove_unused()
        everything = self._ids(select(RUNS.c.run_id))
        failures = self._ids(select(RUNS.c.run_id).where(RUNS.c.status != _SUCCESS))
        return set(everything).difference(failures)

    def is_finished(self, run_id: str) -> bool:
        """Return whether the run is a success now."""
        known = self.database.kind.status_at_claim(run_id)
        return (self.status_of(run_id) if known is None else known) == _SUCCESS

    def holds_more_than(self, runs: int) -> bool:
        """Return whether more runs than these are stored; so many entries of an index are passed over for it."""
        wanted = select(RUNS.c.id).where(RUNS.c.experiment == self.number()).offset(runs).limit(1)
        return self.number() is not None and self.read(wanted, lambda found: found.first()) is not None

    def finished_among(self, run_ids: Iterable[str]) -> set[str]:
        """Return those of these ids that are successes."""
        self.set_up()
        wanted, columns = list(run_ids), [RUNS.c.run_id, RUNS.c.status]
        return {run_id.hex() for run_id, status in self.rows(columns, wanted) if status == _SUCCESS}

    def verify(self, run_id: str) -> str | None:
        """Compare the files of a claimed run with its record, and remove it if one is damaged; returns what is."""
        problem = next(check_run(self, run_id), None)
        if problem is None:
            return None
        self.database.write(f"set run {run_id} aside", lambda connection: self._delete(connection, run_id))
        self.set_aside.append(Problem(problem.where, "removed", problem.detail))
        return f"{problem.where}: {problem.detail}"

    def claim(self, run_id: str) -> bool:
        """Take the right to execute and write this run; False while somebody alive holds it."""
        layout.checked_run_id(run_id)
        if not self._is_set_up:
            self.set_up()
        if self.is_read_only:
            raise self.nothing_written(f"run {run_id} cannot be claimed")
        with _failing(f"claim run {run_id} in {self.location}"):
            return bool(self.claims.acquire(run_id))

    def release(self, run_id: str) -> None:
        """Give the claim back."""
        with _failing(f"release run {run_id} in {self.location}"):
            self.claims.release(run_id)

    def draft(self, run_id: str) -> SqlDraft:
        """Start a draft of a claimed run."""
        if not self.claims.is_held(run_id):
            raise InvalidInputError(f"run {run_id} is not claimed: only who holds the claim of a run may write it")
        return SqlDraft(run_id, self.large_files)

    def publish(self, draft: Draft, record: RunRecord) -> None:
        """Make the draft and its record the run, in one transaction, in place of any earlier attempt."""
        written = _own(draft)
        if (written.run_id, self.experiment_id) != (record.run_id, record.experiment_id):
            raise InvalidInputError(f"the draft of run {written.run_id} cannot be published as run {record.run_id}")
        if written.broken is not None and record.status is Status.SUCCESS:
            raise written.broken
        self._commits.commit(self._publication(written, record))
        written.close()

    def discard(self, draft: Draft) -> None:
        """Drop a draft and all it holds."""
        _own(draft).close()

    def delete_run(self, run_id: str) -> None:
        """Remove a run whole; raises `UnknownRunError`, and `StoreError` while somebody alive holds its claim."""
        unknown = UnknownRunError(f"{self.experiment_id} has no run {run_id} in {self.location}")
        if not self.run_exists(run_id):
            raise unknown
        if not self.claim(run_id):
            raise StoreError(f"run {run_id} is being executed: wait for its end, then delete it")
        try:
            if not self.database.write(f"delete run {run_id}", lambda connection: self._delete(connection, run_id)):
                raise unknown
        finally:
            self.release(run_id)
        self._remove_unused()

    def put_derived(self, run_id: str, derived: Mapping[str, Any]) -> None:
        """Keep metrics that were derived from a run, in place of earlier ones."""
        for name in derived:
            if not isinstance(name, str):
                raise InvalidInputError(f"derived metric {name!r} of run {run_id}: names are strings")
        content = dumps(dict(derived), f"derived metrics of run {run_id}")
        (attempt,) = self._row(run_id, [RUNS.c.finished_at])

        def put(connection: Connection) -> None:
            connection.execute(delete(DERIVED).where(*self._of(DERIVED, run_id)))
            run = {"experiment": self.number(), "run_id": bytes.fromhex(run_id)}
            connection.execute(insert(DERIVED), {**run, "attempt": attempt, "content": content})

        self.database.write(f"write derived metrics of run {run_id}", put)

    def put_experiment_manifest(self, experiment_id: str, manifest: Mapping[str, Any]) -> None:
        """Keep what describes the experiment, in place of what was said before."""
        self.scoped(experiment_id)
        if not self._is_set_up:
            self.set_up()
        manifest_text = dumps(dict(manifest), "manifest", lenient=True)
        change = update(EXPERIMENTS).where(EXPERIMENTS.c.id == self.number()).values(manifest=manifest_text)
        self.database.write_at_once(
            "write the manifest of the experiment", lambda connection: connection.execute(change)
        )

    def check(self) -> list[Problem]:
        """Compare records with files and files with records; nothing is changed."""
        return list(check_experiment(self))

    def spec(self) -> SqlStoreSpec:
        """Return what another process needs to open this store."""
        return SqlStoreSpec(self.location, self.experiment_id, self.durability)

    def close(self) -> None:
        """Close the connection and release every claim; later calls open it again."""
        self.claims.close()
        self.database.close()

    def nothing_written(self, what: str) -> StoreError:
        """Return the error to raise for what cannot be done in a store that may only be read."""
        return StoreError(f"{self.location} may only be read, so {what}: make it writable, or choose another store")

    def _publication(self, draft: SqlDraft, record: RunRecord) -> Publication:
        files = [listed.file for listed in files_of(record)]
        missing = [file for file in files if file not in draft.small and file not in draft.large]
        if missing:
            raise StoreError(f"run {record.run_id} lists {missing[0]!r}, which was not written")
        origin = rows.origin_of(record)
        row = rows.encode(record, origin, [file for file in files if file in draft.large])
        row["experiment"], row["origin"] = self.number(), self._origin_number(origin)
        row["content"] = b"".join([draft.small[file] for file in files if file in draft.small]) or None
        return Publication(row, self.large_files, dict(draft.large.values()), lambda: self._refuse_lost(record.run_id))

    def _refuse_lost(self, run_id: str) -> None:
        if not self.claims.is_held(run_id):
            raise StoreError(
                f"the claim on run {run_id} was lost with the connection to {self.location}, and another process has "
                "taken it: that one stores the run"
            )

    def _origin_number(self, origin: str) -> int:
        number = self._numbers.get(origin)
        if number is None:
            number = self.database.write("write what runs share", lambda connection: _numbered(connection, origin))
            self._numbers[origin] = number
        return number

    def _make(self, connection: Connection) -> None:
        kind = self.database.kind
        kind.alone(connection)
        kind.refuse_other(connection)
        kind.make_place(connection)
        tables.set_up(connection, str(self.location))
        key = key_of(self.experiment_id)
        if connection.execute(select(EXPERIMENTS.c.id).where(EXPERIMENTS.c.experiment_id == key)).scalar() is None:
            connection.execute(insert(EXPERIMENTS), {"experiment_id": key})

    def _delete(self, connection: Connection, run_id: str) -> bool:
        connection.execute(delete(DERIVED).where(*self._of(DERIVED, run_id)))
        return connection.execute(delete(RUNS).where(*self._of(RUNS, run_id))).rowcount > 0

    def _remove_unused(self) -> None:
        """Remove large files that no run refers to: those of runs that were deleted or replaced, or never committed."""

        def remove(connection: Connection) -> None:
            self.database.kind.alone(connection)
            now = [RUNS.c.experiment == LARGE.c.experiment, RUNS.c.run_id == LARGE.c.run_id]
            of_a_run = exists().where(*now, RUNS.c.finished_at == LARGE.c.attempt)
            connection.execute(delete(LARGE).where(~of_a_run))
            for sha256 in unused(connection, self.large_files):
                self.large_files.remove(connection, sha256)

        self.database.write("remove large files that are used no more", remove)


@contextlib.contextmanager
def _failing(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"cannot {what}: {error.strerror or error}") from error


def _numbered(connection: Connection, origin: str) -> int:
    """Return the number of an origin, which is inserted if it is new."""
    wanted = select(ORIGINS.c.id).where(ORIGINS.c.content == origin)
    number = connection.execute(wanted).scalar()
    if number is None:
        insertion = text("INSERT INTO optbench_origins (content) VALUES (:content) ON CONFLICT (content) DO NOTHING")
        connection.execute(insertion, {"content": origin})
        number = connection.execute(wanted).scalar_one()
    return int(number)


def _own(draft: Draft) -> SqlDraft:
    if not isinstance(draft, SqlDraft):
        raise InvalidInputError(f"{draft!r} is no draft of a store in a database: give back what `draft` returned")
    return draft
