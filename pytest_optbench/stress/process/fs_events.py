"""Count the file-system events of this process below a folder by an audit hook: counts repeat, times do not."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CURRENT_FOLDER = -1  # how audit events write "no folder descriptor"

# For each audit event its name in the counts, and the positions of its paths and their folder descriptors.
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

    An event of any thread counts if one of its paths is below the folder. An audit hook cannot be removed, so this is
    for processes that end soon. `open` events do not have the folder of a relative name, so every relative name opened
    for writing counts.
    """

    def __init__(self, folder: str | None) -> None:
        self._folders = () if folder is None else (folder, os.path.realpath(folder))
        self._events: list[str] = []  # appending is atomic: threads lose no event
        self._counting = False

    def counts(self) -> Mapping[str, int]:
        """Return the number of events of each kind so far."""
        return dict(Counter(self._events))

    def __enter__(self) -> Self:
        if self._folders:
            self._counting = True
            sys.addaudithook(self._on_event)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._counting = False

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count an event before it happens: an error raised here would prevent it."""
        if self._counting and event in _EVENTS and any(map(self._is_inside, _paths(event, arguments))):
            self._events.append(_EVENTS[event][0])

    def _is_inside(self, path: str) -> bool:
        return not path.startswith("/") or any(
            path == folder or path.startswith(f"{folder}/") for folder in self._folders
        )


def _paths(event: str, arguments: tuple[Any, ...]) -> Iterator[str]:
    """Yield the paths of an event, absolute where possible; none for a file that is opened for reading."""
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
