"""File-system events of this process below a folder, counted by an audit hook: they repeat where time does not."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CURRENT_FOLDER = -1  # how audit events write "no folder descriptor"


class EventCount:
    """Counts events by kind (open for writing, rename, mkdir, remove, rmdir, link, truncate, flock) in a block.

    An audit hook cannot be taken back, so this is for processes that end soon. A name relative to an open folder
    is resolved where the event tells the folder; `open` does not, so every relative name opened for writing counts.
    """

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._counts: Counter[str] = Counter()
        self._counting = False

    def counts(self) -> Mapping[str, int]:
        """The events so far."""
        return dict(self._counts)

    def __enter__(self) -> Self:
        if self._folder is not None:
            self._counting = True
            sys.addaudithook(self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._counting = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._counting and event in _EVENTS:
            name, place = _EVENTS[event]
            path = place(arguments)
            if path is not None and self._is_inside(path):
                self._counts[name] += 1

    def _is_inside(self, path: str) -> bool:
        folder = self._folder or ""
        return not path.startswith("/") or path == folder or path.startswith(folder + "/")


def _opened(arguments: tuple[Any, ...]) -> str | None:
    path, _, flags = arguments
    return _text(path) if isinstance(flags, int) and flags & WRITING else None


def _first(arguments: tuple[Any, ...]) -> str | None:
    return _text(arguments[0])


def _in_folder(position: int) -> Callable[[tuple[Any, ...]], str | None]:
    """The first argument, below the folder whose descriptor stands at `position`."""

    def place(arguments: tuple[Any, ...]) -> str | None:
        path, folder = _text(arguments[0]), arguments[position]
        if path is None or path.startswith("/"):
            return path
        return os.path.abspath(path) if folder == CURRENT_FOLDER else f"{_of_descriptor(folder)}/{path}"  # noqa: PTH100

    return place


def _locked(arguments: tuple[Any, ...]) -> str | None:
    return _of_descriptor(arguments[0])


def _of_descriptor(descriptor: int) -> str | None:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
    except OSError:
        return None


def _text(path: Any) -> str | None:
    try:
        return os.fsdecode(path)
    except TypeError:
        return None  # a descriptor


_EVENTS: Mapping[str, tuple[str, Callable[[tuple[Any, ...]], str | None]]] = {
    "open": ("open", _opened),
    "os.rename": ("rename", _in_folder(2)),
    "os.mkdir": ("mkdir", _in_folder(2)),
    "os.remove": ("remove", _in_folder(1)),
    "os.rmdir": ("rmdir", _in_folder(1)),
    "os.link": ("link", _in_folder(2)),
    "os.truncate": ("truncate", _first),
    "fcntl.flock": ("flock", _locked),
    "fcntl.lockf": ("flock", _locked),
}
