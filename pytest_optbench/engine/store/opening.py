"""Open a store by its locator or its path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_optbench.engine.model.events import LOGGER
from pytest_optbench.engine.planning.experiment import folder_name
from pytest_optbench.errors import InvalidInputError, StoreError

from . import layout
from .by_run import ByRun
from .config import OfExperiments, StoreConfig
from .file import ExperimentStore
from .foreign import ForeignStoreError, refuse_among_foreign, refuse_foreign
from .locators import Locator, path_of
from .manifest import read_manifest
from .protocol import Durability, Store
from .record_scan import is_shortage
from .sql.config import SqlStoreConfig, whole_database
from .sql.location import is_database

if TYPE_CHECKING:
    from .sql.whole import SqlStore


@dataclass(frozen=True)
class FileStoreConfig(OfExperiments):
    """A file store by its root folder, which becomes an absolute path; `experiment_id` scopes it to one experiment.

    With `durability="process"` a stored run outlives the death of any process. A power loss can leave a success whose
    artifacts are empty or cut: resuming passes over it, reading such an artifact raises `CorruptRecordError`, and
    `run(..., resume="verify")` finds it and does it again. With `"power"` a run counts only once it is on the disk;
    what others stored before, with either, is synced when the store is opened.

    Raises:
        InvalidInputError: the root names no folder.
    """

    scheme: ClassVar[str] = "file"
    place: ClassVar[str] = "root"
    root: Locator
    experiment_id: str | None = None
    durability: Durability = "process"

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", os.path.abspath(path_of(self.root)))

    def _experiment_ids(self) -> list[str]:
        return FileStore(self).experiment_ids() if os.path.isdir(self.root) else []

    def connect(self) -> ExperimentStore | FileStore:
        """Open the experiment's part of the store, or all of it; no folder is made before the first write."""
        root = FileStore(self)
        return root if self.experiment_id is None else root.experiment(self.experiment_id)


class FileStore(ByRun):
    """A folder that holds experiments, or the folder of one; reading it lists the runs of all of them.

    Raises:
        StoreError: another runner wrote the folder.
    """

    def __init__(self, root: Locator | FileStoreConfig, durability: Durability = "process") -> None:
        self.root = Path(path_of(_root_of(root)))
        refuse_foreign(str(self.root))
        self.durability: Durability = root.durability if isinstance(root, FileStoreConfig) else durability

    def experiment(self, experiment_id: str) -> ExperimentStore:
        """Return the part of one experiment; its folder is made by the first claim."""
        place = self.root / folder_name(experiment_id)
        refuse_among_foreign(str(self.root), str(place))
        return self._part(place, experiment_id)

    def holds(self, experiment_id: str) -> bool:
        """Return whether the folder of an experiment is there."""
        return _experiment_in(self.root / folder_name(experiment_id)) == experiment_id

    def experiment_ids(self) -> list[str]:
        """Return the ids of the experiments that the folder holds."""
        return [experiment_id for experiment_id, _ in self._places()]

    def parts(self, *, report_foreign: bool = True) -> Iterator[ExperimentStore]:
        """Yield the store of each experiment; folders of another runner are logged if `report_foreign`."""
        for experiment_id, place in self._places(report_foreign):
            yield self._part(place, experiment_id)

    @property
    def config(self) -> FileStoreConfig:
        """The configuration that opens this store, here or in another process."""
        return FileStoreConfig(root=os.path.abspath(self.root), durability=self.durability)

    def get_working_directory(self) -> Path:
        """Return the folder."""
        return self.root

    def __str__(self) -> str:
        return str(self.root)

    def _part(self, place: Path, experiment_id: str) -> ExperimentStore:
        part = ExperimentStore(place, experiment_id, self.durability)
        part.config = self.config.scoped(experiment_id)
        return part

    def _places(self, report_foreign: bool = True) -> Iterator[tuple[str, Path]]:
        """Yield each experiment and its folder.

        Of several folders of one experiment, that with the experiment's name is taken; the others are logged and left
        out. A folder that was renamed is taken if it is the only one.
        """
        own = _experiment_in(self.root)
        if own is not None:
            yield own, self.root
        chosen: dict[str, Path] = {}
        candidates = self._named_folders(report_foreign)
        for experiment_id, place in sorted(candidates, key=lambda found: found[1].name != folder_name(found[0])):
            first = chosen.setdefault(experiment_id, place)
            if first is not place:
                LOGGER.warning("left out: %s: %s is of %r as well; open it by its path", place, first, experiment_id)
        yield from sorted(chosen.items(), key=itemgetter(1))

    def _named_folders(self, report_foreign: bool) -> Iterator[tuple[str, Path]]:
        """Yield the folders below the root whose manifest names an experiment; those that cannot be read are logged.

        Raises:
            StoreError: there are only folders of another runner, or memory or open files have run out.
        """
        foreign: ForeignStoreError | None = None
        found = False
        for place in self._below():
            try:
                refuse_foreign(str(place))
                experiment_id = _experiment_in(place)
            except StoreError as error:
                if is_shortage(error.__cause__ or error):
                    raise
                foreign = error if isinstance(error, ForeignStoreError) else foreign
                if report_foreign or error is not foreign:
                    LOGGER.warning("left out: %s", error)
                continue
            if experiment_id is not None:
                found = True
                yield experiment_id, place
        if foreign is not None and not found:
            raise foreign

    def _below(self) -> list[Path]:
        try:
            return sorted(self.root.iterdir())
        except OSError as error:
            reason = f"there is no store at {self.root} ({error.strerror})"
            raise StoreError(f"{reason}: name the folder that was given to run") from error


def whole_store(store: Any) -> FileStore | SqlStore:
    """Return the store of all experiments in a folder or a database, by its locator or its configuration.

    Raises:
        InvalidInputError: there is no such kind of locator.
        StoreError: another runner wrote the folder, or a package that a database needs is not installed.
    """
    if isinstance(store, FileStore):
        return store
    if not is_in_database(store):
        return FileStore(store)
    if isinstance(store, ByRun):
        opened: SqlStore = store  # type: ignore[assignment]  # the only other one
        return opened
    return whole_database(store if isinstance(store, SqlStoreConfig) else SqlStoreConfig(store))


def is_in_database(store: Any) -> bool:
    """Return whether a locator, a configuration or the open store of all experiments is that of a database."""
    whole = isinstance(store, ByRun) and not isinstance(store, FileStore)
    return whole or isinstance(store, SqlStoreConfig) or is_database(store)


def open_store(store: Any, experiment_id: str | None, *, create: bool = True) -> Store:
    """Open one experiment's part of a store.

    Args:
        store: a folder, `file:///...`, `sqlite:///...`, `postgresql://...`, a configuration, the store of a whole
            folder or database, or any store that is open already.
        experiment_id: the experiment; None if the store holds exactly one.
        create: whether to make the folder, or the tables, of the experiment if they are missing.

    Raises:
        InvalidInputError: this engine has no such kind of locator, the store does not hold the experiment, or no id was
            given and it does not hold exactly one.
        StoreError: the store does not exist, or cannot be opened.
    """
    scope = scope_of(store)
    if None not in (experiment_id, scope) and experiment_id != scope:
        raise InvalidInputError(f"the store is of {scope!r}, not {experiment_id!r}: open another")
    if isinstance(store, Store):
        return store
    experiment_id = scope or experiment_id
    root = whole_store(store)
    if experiment_id is not None:
        found = root.experiment(experiment_id)
        if create:
            found.set_up()
        if create or root.holds(experiment_id):
            return found
    known: dict[str, Store] = {part.experiment_id: part for part in root.parts()}
    if experiment_id is None and len(known) == 1:
        return next(iter(known.values()))
    if experiment_id not in known:
        listed = ", ".join(known) or "none"
        raise InvalidInputError(f"{root.root} holds {listed}: name one of them as experiment_id, not {experiment_id!r}")
    return known[experiment_id]


def _root_of(store: Any) -> Any:
    return store.root if isinstance(store, FileStoreConfig) else store


def _experiment_in(place: Path) -> str | None:
    """Return the experiment that the manifest of a folder names; None without a manifest.

    Raises:
        StoreError: the manifest cannot be read.
    """
    try:
        return read_manifest(str(place))[1]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        manifest = place / layout.MANIFEST
        raise StoreError(
            f"{manifest} cannot be read ({error}): it names the experiment; restore or remove it"
        ) from error


def scope_of(store: Any) -> str | None:
    """Return the id of the one experiment that a configuration, or an open store, is of; None if it is of all."""
    scope: str | None = store.scope if isinstance(store, StoreConfig) else getattr(store, "experiment_id", None)
    return scope
