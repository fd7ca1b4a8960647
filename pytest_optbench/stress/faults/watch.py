"""See every file-system event of this process below a folder, in any thread, just before it happens."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from .events import CURRENT_FOLDER, Event, absolute, audited, path_of
from .preload import calls_seen
from .wrapped import is_writable, wrapped


class Meet(Protocol):
    """What happens at an event; an OSError that it raises takes the place of the call."""

    def __call__(self, event: Event, size: int) -> int | None:
        """Meet an event; of a write of `size` bytes, return how many are written if that is not all of them."""

    def written(self) -> None:
        """Follow a write of which only a part was written."""

    def skips(self, event: Event) -> bool:
        """Return whether a lock is only reported as taken."""


class Watch:
    """Passes the events below a folder to `meet`; those that `meet` causes itself are not seen."""

    def __init__(self, folder: str, meet: Meet) -> None:
        self._folders = (os.path.abspath(folder), os.path.realpath(folder))
        self._meet = meet
        self._thread = threading.local()

    def audited(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Pass on an audit event."""
        if self._is_busy:
            return
        found = audited(name, arguments, getattr(self._thread, "folder", CURRENT_FOLDER))
        if found is not None:
            kind, paths = found
            self._pass_on(kind, paths)

    def at_descriptor(self, kind: str, descriptor: int, size: int = 0) -> int | None:
        """Pass on an event of an open file; return how many of the `size` bytes are written if not all."""
        path = None if self._is_busy else path_of(descriptor)
        return None if path is None else self._pass_on(kind, [path], size)

    def from_library(self, kind: str, descriptor: int, size: int) -> int | None:
        """Pass on an event that the preloaded library sees."""
        if kind == "close" and not is_writable(descriptor):
            return None
        return self.at_descriptor(kind, descriptor, size)

    def written(self) -> None:
        """Pass on that a part was written."""
        self._meet.written()

    def skips_lock(self, file: Any) -> bool:
        """Return whether a lock of a file below the folder is only reported as taken."""
        event = self._event("flock", [path_of(file if isinstance(file, int) else file.fileno()) or ""])
        return event is not None and self._meet.skips(event)

    def covers(self, file: Any) -> bool:
        """Return whether a path or an open file is below the folder."""
        return self._event("open", [absolute(file, CURRENT_FOLDER) or ""]) is not None

    @contextmanager
    def opening_in(self, folder: int | None) -> Iterator[None]:
        """Remember the folder descriptor of an `os.open` in this thread."""
        self._thread.folder = CURRENT_FOLDER if folder is None else folder
        try:
            yield
        finally:
            self._thread.folder = CURRENT_FOLDER

    @property
    def _is_busy(self) -> bool:
        return bool(getattr(self._thread, "busy", False))

    def _pass_on(self, kind: str, paths: Sequence[str], size: int = 0) -> int | None:
        event = self._event(kind, paths)
        if event is None:
            return None
        self._thread.busy = True
        try:
            return self._meet(event, size)
        finally:
            self._thread.busy = False

    def _event(self, kind: str, paths: Sequence[str]) -> Event | None:
        for path in paths:
            for folder in self._folders:
                if path == folder or path.startswith(f"{folder}/"):
                    return Event(kind, os.path.relpath(path, folder))
        return None


@contextmanager
def watching(folder: str, meet: Meet) -> Iterator[None]:
    """Pass the events of this process and of its forks below a folder to `meet` until the block ends."""
    watch = Watch(folder, meet)
    _ensure_hook()
    _watches.append(watch)
    try:
        with calls_seen(watch.from_library) as has_library, wrapped(watch, has_library=has_library):
            yield
    finally:
        _watches.remove(watch)


_watches: list[Watch] = []
_hooks: list[bool] = []  # not empty once the hook is there: an audit hook cannot be removed


def _ensure_hook() -> None:
    if not _hooks:
        _hooks.append(True)
        sys.addaudithook(_on_event)


def _on_event(name: str, arguments: tuple[Any, ...]) -> None:
    for watch in _watches:
        watch.audited(name, arguments)
