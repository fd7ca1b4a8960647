"""The file store: one folder a run, published whole by one rename.

What is promised: a published run survives the death of any process (`durability="process"`), or a power loss as well
(`durability="power"`: files, folders and the rename are synced before `publish` returns, and what others published
before it counts as finished). With the first, a power loss can leave a success whose artifacts are empty or cut:
resuming passes over it, reading such an artifact raises, and `run(resume="verify")` finds and repeats it.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_optbench.engine.model.records import RunRecord, Status
from pytest_optbench.errors import InvalidInputError, StoreError, UnknownRunError

from . import folder, layout, record_file
from .check import damage_of
from .claims import Claims
from .config import checked_durability
from .draft import FolderDraft
from .housekeeping import clear_drafts, is_marked, move_aside, remove_published, set_aside_unsound, set_up
from .metalab_names import MetalabNames
from .parallel_scan import scan
from .protocol import Draft, Durability
from .reader import ExperimentReader
from .record_scan import Suspect
from .side_files import remove_derived, write_derived, write_experiment

_NO_WRITING: Final = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True)
class FileStoreSpec:
    """What another process needs to open the same store."""

    path: str
    experiment_id: str
    durability: Durability = "process"

    def open(self) -> ExperimentStore:
        """Open it here."""
        return ExperimentStore(self.path, self.experiment_id, self.durability)


class ExperimentStore(ExperimentReader, MetalabNames):
    """The runs of one experiment in the folder `path`, for reading and writing; made by the first claim.

    Raises:
        InvalidInputError: an unknown durability.
        StoreError: a part of the folder is a link, another runner wrote it, or it cannot be made.
    """

    def __init__(self, path: str | os.PathLike[str], experiment_id: str, durability: Durability = "process") -> None:
        super().__init__(path, experiment_id)
        self.durability: Durability = checked_durability(durability)
        self.claims = Claims(f"{self.path}/{layout.CLAIMS}")
        self.syncs = durability == "power"
        self.is_read_only = False  # known once it is set up
        self.config: Any = None  # that it was opened by
        self._drafts = f"{self.path}/{layout.DRAFTS}"
        self._is_set_up = False
        self._made: set[str] = set()  # shards that this store object has made, or found and synced

    def set_up(self) -> None:
        """Make the folder if it is missing, and clear away what dead processes left; done by the first claim.

        A store that is there and may only be read is left as it is, and nothing in it can be claimed.
        """
        with self._failing("make a store"):
            try:
                set_up(self)
                clear_drafts(self)
            except OSError as error:
                if error.errno not in _NO_WRITING or not is_marked(self):
                    raise
                self.is_read_only = True
            self._sync_what_is_there()
            self._is_set_up = True

    def finished(self) -> set[str]:
        """Return the ids of all sound successes.

        What is no sound record of a run of this experiment is moved to `quarantine`, and reported in `set_aside`.
        """
        self.set_up()
        sound: set[str] = set()
        unsound: list[Suspect] = []
        with self._failing("read the finished runs"):
            shards = sorted(os.listdir(self.runs))
            for _, runs, suspects in scan(self.scanner, [shard for shard in shards if layout.is_shard(shard)]):
                sound.update(runs)
                # Most suspects are failed runs; only what is no run at all has to be claimed and moved.
                unsound += [suspect for suspect in suspects if self.unsoundness(*suspect) is not None]
            self._set_aside(unsound + [("", name) for name in shards if not layout.is_shard(name)])
            self._sync_what_is_there()
        return sound

    def is_finished(self, run_id: str) -> bool:
        """Return whether the run is a sound success now, which with "power" is on the disk from here on.

        Whoever published it may have died before it was synced, or may not sync at all.
        """
        finished = super().is_finished(run_id)
        if finished:
            with self._failing(f"sync run {run_id}"):
                self._sync_what_is_there()
        return finished

    def holds_more_than(self, runs: int) -> bool:
        """Return whether more runs than these are stored, by an estimate that costs the same however many there are.

        Run ids are hashes, so runs are spread evenly over shards, and one shard is counted.
        """
        shards = [name for name in folder.names(self.runs) if layout.is_shard(name)]
        enough = runs // max(1, len(shards)) + 1  # in one shard
        return bool(shards) and folder.holds(f"{self.runs}/{min(shards)}", enough)

    def finished_among(self, run_ids: Iterable[str]) -> set[str]:
        """Return those of these ids that are sound successes; of these runs alone, do what `finished` does."""
        self.set_up()
        sound: set[str] = set()
        unsound: list[Suspect] = []
        with self._failing("read the finished runs"):
            for run_id in run_ids:
                if super().is_finished(run_id):
                    sound.add(run_id)
                elif os.path.lexists(layout.run_path(self.path, run_id)):
                    unsound.append((layout.shard(run_id), run_id))
            self._set_aside([suspect for suspect in unsound if self.unsoundness(*suspect) is not None])
            self._sync_what_is_there()
        return sound

    def verify(self, run_id: str) -> str | None:
        """Compare the files of a claimed run with its record, and set it aside if one is damaged; returns what is."""
        with self._failing(f"verify run {run_id}"):
            damage = damage_of(self, run_id)
            if damage is not None:
                move_aside(self, layout.shard(run_id), run_id, damage)
        return damage

    def claim(self, run_id: str) -> bool:
        """Take the right to execute and write this run; False while somebody alive holds it."""
        layout.checked_run_id(run_id)
        if not self._is_set_up:
            self.set_up()
        if self.is_read_only:
            raise self.nothing_written(f"run {run_id} cannot be claimed")
        try:
            return self.claims.acquire(run_id)
        except OSError as error:
            raise self._failure(f"claim run {run_id}", error) from error

    def release(self, run_id: str) -> None:
        """Give the claim back."""
        try:
            self.claims.release(run_id)
        except OSError as error:
            raise self._failure(f"release run {run_id}", error) from error

    def draft(self, run_id: str) -> FolderDraft:
        """Start a draft of a claimed run, empty whatever an earlier attempt left."""
        if not self.claims.is_held(run_id):
            raise InvalidInputError(f"run {run_id} is not claimed: only who holds the claim of a run may write it")
        place = f"{self._drafts}/{run_id}"
        try:
            try:
                os.mkdir(place)
            except FileExistsError:  # of an attempt whose process died, or that was given up: the claim is ours now
                folder.remove_tree(place)
                os.mkdir(place)
        except OSError as error:
            raise self._failure(f"start a draft of run {run_id}", error) from error
        return FolderDraft(run_id, place, durable=self.syncs)

    def publish(self, draft: Draft, record: RunRecord) -> None:
        """Make the draft and its record the run, whole and at once, in place of any earlier attempt."""
        written = _own(draft)
        if (written.run_id, self.experiment_id) != (record.run_id, record.experiment_id):
            raise InvalidInputError(f"the draft of run {written.run_id} cannot be published as run {record.run_id}")
        if written.broken is not None and record.status is Status.SUCCESS:
            raise written.broken
        written.write(layout.RECORD, (record_file.encode(record),))
        try:
            self._put_in_place(written)
        except OSError as error:
            raise self._failure(f"publish run {record.run_id}", error) from error

    def discard(self, draft: Draft) -> None:
        """Drop a draft and all it holds."""
        written = _own(draft)
        with self._failing(f"drop the draft of run {written.run_id}"):
            written.close()
            folder.remove_tree(written.folder)

    def delete_run(self, run_id: str) -> None:
        """Remove a run whole; raises `UnknownRunError`, and `StoreError` while somebody alive holds its claim."""
        path = layout.run_path(self.path, run_id)
        unknown = UnknownRunError(f"{self.experiment_id} has no run {run_id} in {self.path}")
        if not os.path.lexists(path):
            raise unknown
        if not self.claim(run_id):
            raise StoreError(f"run {run_id} is being executed: wait for its end, then delete it")
        try:
            with self._failing(f"delete run {run_id}"):
                try:
                    remove_published(self, run_id)
                except FileNotFoundError:  # somebody else deleted it before the claim was ours
                    raise unknown from None
                remove_derived(self, run_id)
        finally:
            self.release(run_id)

    def put_derived(self, run_id: str, derived: Mapping[str, Any]) -> None:
        """Keep metrics that were derived from a run, next to its record, in place of earlier ones."""
        with self._failing(f"write derived metrics of run {run_id}"), self.claims.housekeeping():
            write_derived(self, run_id, derived)

    def put_experiment_manifest(self, experiment_id: str, manifest: Mapping[str, Any]) -> None:
        """Keep what describes the experiment, in place of what was said before."""
        self.scoped(experiment_id)
        if not self._is_set_up:
            self.set_up()
        with self._failing("write the manifest of the experiment"), self.claims.housekeeping():
            write_experiment(self, manifest)

    def spec(self) -> FileStoreSpec:
        """Return what another process needs to open this store."""
        return FileStoreSpec(self.path, self.experiment_id, self.durability)

    def close(self) -> None:
        """Close the lock file and release every claim."""
        with self._failing("close the lock file"):
            self.claims.close()

    def nothing_written(self, what: str) -> StoreError:
        """Return the error to raise for what cannot be done in a store that may only be read."""
        return StoreError(f"{self.path} may only be read, so {what}: make it writable, or run in another folder")

    def spare(self) -> str:
        """Return a path for what is to be removed."""
        return f"{self._drafts}/{folder.unused_name(layout.DEAD)}"

    def _set_aside(self, unsound: list[Suspect]) -> None:
        if not self.is_read_only:
            set_aside_unsound(self, unsound)

    def _sync_what_is_there(self) -> None:
        if self.syncs:
            folder.sync_file_system(self.path)

    def _put_in_place(self, draft: FolderDraft) -> None:
        path = layout.run_path(self.path, draft.run_id)
        shard = f"{self.runs}/{layout.shard(draft.run_id)}"
        self._make_shard(shard)
        if self.syncs:
            folder.sync_folder(draft.folder)
        kept_until_then = f"{self._drafts}/{layout.REPLACED}{draft.run_id}"
        replaced = folder.replace_folder(draft.folder, path, kept_until_then)
        if self.syncs:
            folder.sync_folder(shard)
        if replaced is not None:
            with contextlib.suppress(OSError):  # the run is published; the next who opens the store clears this
                folder.remove_tree(replaced)

    def _make_shard(self, shard: str) -> None:
        if shard in self._made:
            return
        with contextlib.suppress(FileExistsError):
            os.mkdir(shard)
        if self.syncs:  # also where another process made it, who may not have come to it yet
            folder.sync_folder(self.runs)
        self._refuse_link(shard)
        self._made.add(shard)

    @contextlib.contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._failure(what, error) from error

    def _failure(self, what: str, error: OSError) -> StoreError:
        named = f" ({error.filename})" if isinstance(error.filename, str) else ""
        return StoreError(f"cannot {what} in {self.path}: {error.strerror or error}{named}")


def _own(draft: Draft) -> FolderDraft:
    if not isinstance(draft, FolderDraft):
        raise InvalidInputError(f"{draft!r} is no draft of a file store: give back what `draft` returned")
    return draft
