"""A model of a disk that loses its power: which names and which contents are on it after each call.

A file is known by its inode. Syncing a folder puts the names in it on the disk, syncing a file its content; all else
may be there or not. A rename is one step, as in every file system with a journal: no folder is in two places.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.engine.store import folder

CALLS = ("fsync", "write", "mkdir", "rename", "replace", "unlink", "rmdir")
# What of that which was not synced is on the disk all the same.
REMAINS = ("nothing", "all names", "all contents", "all removals")


@dataclass(frozen=True)
class Disk:
    """The names in each folder and the content of each file, by inode; `order` says which folder was synced later."""

    names: Mapping[int, Mapping[str, int]]
    contents: Mapping[int, bytes]
    order: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """After a call: what it was, what was synced by then, what there is, and what had been reported by then."""

    call: str
    synced: Disk
    there: Disk
    reported: frozenset[str]


class Recorder:
    """Records a moment after each call below a folder, which is on the disk from the beginning, and empty."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.reported: set[str] = set()
        self.moments: list[Moment] = []
        self._names: dict[int, dict[str, int]] = {place.stat().st_ino: {}}
        self._contents: dict[int, bytes] = {}
        self._order: dict[int, int] = {}
        self._held: dict[int, int] = {}  # descriptors by inode: what is open does not give its inode to another file

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Record until the block ends."""
        with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
            stack.callback(self._let_go)
            for name in CALLS:
                patch.setattr(os, name, self._after(name, getattr(os, name)))
            patch.setattr(folder, "_exchange", self._after("exchange", folder._exchange))
            syncs_all = self._after("syncfs", lambda descriptor: 0)
            c_function = folder._c_function
            patch.setattr(folder, "_c_function", lambda name: syncs_all if name == "syncfs" else c_function(name))
            yield
            self._note("the end of")

    def _after(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if name == "fsync":
                self._sync(Path(f"/proc/self/fd/{arguments[0]}").readlink())
            elif name == "syncfs":
                for path in (self.place, *self.place.rglob("*")):
                    self._sync(path)
            returned = None if name == "fsync" else real(*arguments, **named)  # here nothing has to reach a disk
            self._note(f"{name} {arguments[0]}")
            return returned

        return call

    def _sync(self, path: Path) -> None:
        if not path.is_relative_to(self.place):
            return
        inode = path.stat().st_ino
        if inode not in self._held:
            self._held[inode] = os.open(path, os.O_RDONLY)
        if path.is_dir():
            self._names[inode] = names_in(path)
            self._order[inode] = len(self.moments)
        else:
            self._contents[inode] = path.read_bytes()

    def _note(self, call: str) -> None:
        synced = Disk({**self._names}, {**self._contents}, {**self._order})
        folders = [self.place, *(path for path in self.place.rglob("*") if path.is_dir())]
        files = [path for path in self.place.rglob("*") if path.is_file()]
        names = {path.stat().st_ino: names_in(path) for path in folders}
        there = Disk(names, {path.stat().st_ino: path.read_bytes() for path in files})
        self.moments.append(Moment(call, synced, there, frozenset(self.reported)))

    def _let_go(self) -> None:
        for descriptor in self._held.values():
            os.close(descriptor)


def names_in(path: Path) -> dict[str, int]:
    return {entry.name: entry.inode() for entry in os.scandir(path)}


def restore(moment: Moment, remains: str, root: int, place: Path) -> None:
    """Write what a power loss at that moment leaves of the folder with inode `root` into an empty folder."""
    names, contents = moment.synced.names, moment.synced.contents
    if remains == "all names":
        names = {**names, **moment.there.names}
    elif remains == "all contents":
        contents = {**contents, **moment.there.contents}
    elif remains == "all removals":
        there = {*moment.there.names, *moment.there.contents}
        names = {
            inode: {name: child for name, child in children.items() if child in there}
            for inode, children in names.items()
        }
    homes: dict[int, int] = {}
    for parent, children in sorted(names.items(), key=lambda item: moment.synced.order.get(item[0], 0)):
        homes.update(dict.fromkeys(children.values(), parent))  # the folder that was synced last has it
    folders = {*moment.synced.names, *moment.there.names}
    _write(root, place, names, contents, folders, homes)


def _write(
    inode: int,
    place: Path,
    names: Mapping[int, Mapping[str, int]],
    contents: Mapping[int, bytes],
    folders: set[int],
    homes: Mapping[int, int],
) -> None:
    place.mkdir(exist_ok=True)
    for name, child in names.get(inode, {}).items():
        if homes[child] != inode:
            continue
        if child in folders:
            _write(child, place / name, names, contents, folders, homes)
        else:
            (place / name).write_bytes(contents.get(child, b""))
