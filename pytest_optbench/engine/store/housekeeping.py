"""Making the folder, clearing what dead processes left in it, and setting aside what is no sound run.

All of it is done by one at a time, of all threads and processes (`Claims.housekeeping`), and touches what belongs to a
run only with that run's claim in hand: nobody alive is writing it then.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from typing import Any, Protocol

from pytest_optbench.errors import StoreError

from . import folder, layout
from .claims import Claims
from .foreign import refuse_occupied
from .manifest import FORMAT, read_manifest
from .protocol import Problem
from .side_files import Writer, replace_file


class Kept(Writer, Protocol):
    """What housekeeping needs of a store."""

    runs: str
    experiment_id: str
    claims: Claims
    set_aside: list[Problem]

    def unsoundness(self, shard: str, name: str) -> str | None:
        """Return why what is there is no sound run, or None."""
        ...


def set_up(store: Kept) -> None:
    """Make the experiment's folder and its parts as far as they are missing.

    Raises:
        StoreError: the folder is another runner's.
    """
    refuse_occupied(store.path)
    folder.make_folders(store.path, durable=store.syncs)
    for part in (layout.RUNS, layout.DRAFTS):
        with contextlib.suppress(FileExistsError):
            os.mkdir(f"{store.path}/{part}")
    with store.claims.housekeeping():
        said = _manifest(store)
        if said is None:
            _write_marker(store)
        elif said != (FORMAT, store.experiment_id):
            raise StoreError(
                f"{store.path} keeps experiment {said[1]!r} in format {said[0]!r}, not {store.experiment_id!r} in "
                f"format {FORMAT}: choose another folder"
            )


def is_marked(store: Kept) -> bool:
    """Return whether the folder says that it is of this experiment, in this format."""
    try:
        return read_manifest(store.path) == (FORMAT, store.experiment_id)
    except (OSError, ValueError):
        return False


def clear_drafts(store: Kept) -> None:
    """Remove the drafts of dead processes: those whose claims can be taken.

    A run that a dead process was about to replace goes back to its place, if nothing is there.
    """
    drafts = f"{store.path}/{layout.DRAFTS}"
    dead = []
    with store.claims.housekeeping():
        for name in folder.names(drafts):
            run_id = name.removeprefix(layout.REPLACED)
            if name.startswith(layout.DEAD):
                dead.append(f"{drafts}/{name}")
            elif layout.is_run_id(run_id) and store.claims.try_acquire(run_id):
                try:
                    with contextlib.suppress(FileNotFoundError):  # published since it was listed
                        dead += _clear(store, name, run_id)
                finally:
                    store.claims.release(run_id)
    for path in dead:
        with contextlib.suppress(OSError):  # in nobody's way there; the next one tries again
            folder.remove_tree(path)


def _clear(store: Kept, name: str, run_id: str) -> list[str]:
    """Take what is in the way of a run's next draft out of it; returns what is to be removed."""
    left, place = f"{store.path}/{layout.DRAFTS}/{name}", layout.run_path(store.path, run_id)
    if name != run_id and not os.path.lexists(place):
        os.rename(left, place)
        return []
    spare = store.spare()
    os.rename(left, spare)
    return [spare]


def remove_published(store: Kept, run_id: str) -> None:
    """Remove a run whose claim is held; it is gone at once, and whole.

    Raises:
        FileNotFoundError: there is none.
    """
    place, spare = layout.run_path(store.path, run_id), store.spare()
    os.rename(place, spare)
    if store.syncs:
        folder.sync_folder(os.path.dirname(place))
    folder.remove_tree(spare)


def set_aside_unsound(store: Kept, suspects: Iterable[tuple[str, str]]) -> None:
    """Move what has the name of a run or shard, and is no sound one, to `quarantine`, and report it in `set_aside`.

    Suspects are pairs of a shard and a name in it; an empty shard says that the name is right below `runs`. What cannot
    be moved is reported and left: its run is executed again all the same. Other names are those of other programs'
    files, which stay where they are; `check` lists them.
    """
    suspects = [(shard, name) for shard, name in suspects if layout.is_run_id(name) or layout.is_shard(name)]
    if not suspects:
        return
    with store.claims.housekeeping():
        for shard, name in suspects:
            if not layout.is_run_id(name):
                _set_aside(store, shard, name)
            elif store.claims.try_acquire(name):
                try:
                    _set_aside(store, shard, name)
                finally:
                    store.claims.release(name)


def _set_aside(store: Kept, shard: str, name: str) -> None:
    why = store.unsoundness(shard, name)
    if why is not None:  # else it was replaced or removed since it was read
        move_aside(store, shard, name, why)


def move_aside(store: Kept, shard: str, name: str, why: str) -> None:
    """Move what is below `runs` to `quarantine`, with its claim in hand, and report it in `set_aside`."""
    place = os.path.normpath(f"{store.runs}/{shard}/{name}")
    target = f"{store.path}/{layout.QUARANTINE}/{folder.unused_name(f'{name[:100]}.')}"
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(f"{store.path}/{layout.QUARANTINE}")
        os.rename(place, target)
    except OSError as error:
        store.set_aside.append(Problem(place, "unsound", f"{why}; it cannot be moved away: {error.strerror}"))
    else:
        store.set_aside.append(Problem(place, "set aside", f"{why}; it is now {target}"))


def _manifest(store: Kept) -> tuple[Any, Any] | None:
    """Return the format and the experiment that the folder says it is of; None if it says nothing."""
    try:
        return read_manifest(store.path)
    except FileNotFoundError:
        return None
    except ValueError as error:
        store.set_aside.append(Problem(f"{store.path}/{layout.MANIFEST}", "unreadable", f"{error}; it is written anew"))
        return None


def _write_marker(store: Kept) -> None:
    said = {"format": FORMAT, "experiment_id": store.experiment_id}
    replace_file(store, f"{store.path}/{layout.MANIFEST}", json.dumps(said))
