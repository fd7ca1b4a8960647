"""File-system events of this process below a folder, counted by an audit hook: they repeat where time does not."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CURRENT_FOLDER = -1  # how audit events write "no folder descriptor"

# Per audit event the name it is counted by, and which of its arguments are a path and its folder's descriptor.
_EVENTS: Mapping[str, tuple[str, tuple[tuple[int, int | None], ...]]] = {
    "open": ("open", ((0, None),)),
    "os.rename": ("rename", ((0, 2), (1, 3))),
    "os.mkdir": ("mkdir", ((0, 2),)),
    "os.remove": ("remove", ((0, 1),)),
    "os.rmdir": ("rmdir", ((0, 1),)),
    "os.link": ("link", ((0, 2), (1, 3))),
    "os.symlink": ("link", ((1, 2),)),
    "os.truncate": ("truncate", ((0, None),)),
    "fcntl.flock": ("flock", ((0, None),)),
    "fcntl.lockf": ("flock", ((0, None),)),
}


class EventCount:
    """Counts events by kind (open for writing, rename, mkdir, remove, rmdir, link, truncate, flock) in a block.

    What concerns the folder at either end counts, from every thread. An audit hook cannot be taken back, so this is
    for processes that end soon. `open` does not tell the folder that a relative name belongs to, so every relative
    name opened for writing counts.
    """

    def __init__(self, folder: str | None) -> None:
        self._folders = () if folder is None else (folder, os.path.realpath(folder))
        self._heard: list[str] = []  # appending is atomic: threads lose no event
        self._counting = False

    def counts(self) -> Mapping[str, int]:
        """The events so far."""
        return dict(Counter(self._heard))

    def __enter__(self) -> Self:
        if self._folders:
            self._counting = True
            sys.addaudithook(self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._counting = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count an event before it happens: what is raised or done here, at the k-th, comes in its place."""
        if self._counting and event in _EVENTS and any(map(self._is_inside, _paths(event, arguments))):
            self._heard.append(_EVENTS[event][0])

    def _is_inside(self, path: str) -> bool:
        return not path.startswith("/") or any(path == one or path.startswith(f"{one}/") for one in self._folders)


def _paths(event: str, arguments: tuple[Any, ...]) -> Iterator[str]:
    """What an event touches, as absolute paths where that can be known; nothing for an opening to read."""
    if event == "open" and not (_is_writing(arguments[2]) and not isinstance(arguments[0], int)):
        return
    for place, folder_place in _EVENTS[event][1]:
        path = _text(arguments[place])
        if path is not None and event != "open":
            folder = CURRENT_FOLDER if folder_place is None else arguments[folder_place]
            path = os.path.join(_of_descriptor(folder) or "", path)  # noqa: PTH118 - an absolute path stays itself
        if path is not None:
            yield path


def _is_writing(flags: Any) -> bool:
    return isinstance(flags, int) and bool(flags & WRITING)


def _text(path: Any) -> str | None:
    if isinstance(path, int):
        return _of_descriptor(path)
    try:
        return os.fsdecode(path)
    except TypeError:
        file = getattr(path, "fileno", None)  # locks take files too
        return _of_descriptor(file()) if file else None


def _of_descriptor(descriptor: int) -> str | None:
    try:
        return os.getcwd() if descriptor == CURRENT_FOLDER else os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH109, PTH115
    except OSError:
        return None
