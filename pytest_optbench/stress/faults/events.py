"""File-system events: their kinds, and how the audit events of Python show them.

Audit events come just before the call, and what an audit hook raises prevents it. Python has none for writing, closing
and syncing (see `wrapped`).
"""

from __future__ import annotations

import fcntl
import os
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CURRENT_FOLDER = -1  # how audit events write "no folder descriptor"
LOCKING = {getattr(fcntl, name, None) for name in ("F_SETLK", "F_SETLKW", "F_OFD_SETLK", "F_OFD_SETLKW")}
READS = ("read", "list")
CHANGES = (
    "open", "write", "close", "fsync", "rename", "link", "symlink", "mkdir", "remove", "rmdir", "truncate", "chmod",
    "utime", "copyfile", "flock", "unlock", "connect",
)  # fmt: skip
_VARYING = re.compile(r"(?<![A-Za-z])[0-9a-f]{2,}(?![A-Za-z])|\d+|(?<=tmp)\w+")


@dataclass(frozen=True)
class Event:
    """One event: its kind, one of CHANGES or READS, and its path, relative to the watched folder.

    That of a file which moves in or out is the path below the folder; the folder itself is ".".
    """

    kind: str
    path: str

    @property
    def file_kind(self) -> str:
        """The path without what differs from run to run (ids, numbers, random names): equal for files of one kind."""
        return _VARYING.sub("*", self.path)

    def __str__(self) -> str:
        return f"{self.kind} of {self.file_kind}"


Path = tuple[int, int | None]  # the positions of a path and of its folder descriptor in the arguments of an audit event

_FIXED: Mapping[str, tuple[str, tuple[Path, ...]]] = {
    "os.rename": ("rename", ((1, 3), (0, 2))),
    "os.link": ("link", ((1, 3), (0, 2))),
    "os.symlink": ("symlink", ((1, 2),)),
    "os.mkdir": ("mkdir", ((0, 2),)),
    "os.remove": ("remove", ((0, 1),)),
    "os.rmdir": ("rmdir", ((0, 1),)),
    "os.truncate": ("truncate", ((0, None),)),
    "os.chmod": ("chmod", ((0, 2),)),
    "os.utime": ("utime", ((0, 3),)),
    "shutil.copyfile": ("copyfile", ((1, None),)),
    "sqlite3.connect": ("connect", ((0, None),)),
    "os.listdir": ("list", ((0, None),)),
    "os.scandir": ("list", ((0, None),)),
}


def _kind_of_open(arguments: tuple[Any, ...]) -> str | None:
    path, _, flags = arguments
    if isinstance(path, int):  # opened before, and seen then
        return None
    return "open" if isinstance(flags, int) and flags & WRITING else "read"


def _kind_of_flock(arguments: tuple[Any, ...]) -> str:
    return "unlock" if arguments[1] & fcntl.LOCK_UN else "flock"


def _kind_of_control(arguments: tuple[Any, ...]) -> str | None:
    _, command, request = arguments
    if command not in LOCKING:
        return None
    kind = struct.unpack_from("h", request)[0] if isinstance(request, bytes) else fcntl.F_WRLCK
    return "unlock" if kind == fcntl.F_UNLCK else "flock"


_VARIABLE: Mapping[str, Callable[[tuple[Any, ...]], str | None]] = {
    "open": _kind_of_open,
    "fcntl.flock": _kind_of_flock,
    "fcntl.lockf": _kind_of_flock,
    "fcntl.fcntl": _kind_of_control,
}


def audited(name: str, arguments: tuple[Any, ...], open_folder: int) -> tuple[str, list[str]] | None:
    """Return kind and absolute paths of an audit event; None if it is none of the file system.

    `open_folder` is the folder descriptor of an `os.open`, which its audit event lacks.
    """
    if name in _FIXED:
        kind, places = _FIXED[name]
        return kind, list(_paths(arguments, places))
    kind_of = _VARIABLE.get(name)
    found = None if kind_of is None else kind_of(arguments)
    if found is None:
        return None
    return found, list(_paths((*arguments, open_folder), ((0, len(arguments) if name == "open" else None),)))


def _paths(arguments: tuple[Any, ...], places: tuple[Path, ...]) -> Iterator[str]:
    for place, folder_place in places:
        folder = CURRENT_FOLDER if folder_place is None else arguments[folder_place]
        path = absolute(arguments[place], folder)
        if path is not None:
            yield path


def absolute(path: Any, folder: Any) -> str | None:
    """Return the absolute path of a path, a descriptor or a file; None if there is none."""
    if isinstance(path, int):
        return path_of(path)
    try:
        text = os.fsdecode(path)
    except TypeError:
        file = getattr(path, "fileno", None)  # locks take files too
        return path_of(file()) if file else None
    if text.startswith("/"):
        return os.path.normpath(text)
    base = path_of(folder)
    return None if base is None else os.path.normpath(f"{base}/{text}")


def path_of(descriptor: Any) -> str | None:
    """Return the path of an open file or folder; None if it has none."""
    try:
        if descriptor in (CURRENT_FOLDER, None):
            return os.getcwd()
        return os.readlink(f"/proc/self/fd/{descriptor}").removesuffix(" (deleted)")
    except OSError:
        return None
