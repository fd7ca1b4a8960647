"""Reading and replacing folders without ever following a link out of the store."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from typing import Final

from .record_scan import FILE, FOLDER, read_file

_PLACE: Final = FOLDER | getattr(os, "O_PATH", 0)  # only to open what is in it: costs less where the system knows it
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2


@contextlib.contextmanager
def opened_folder(path: str) -> Iterator[int]:
    """Hold a folder open; paths below it stay in this folder when it is renamed.

    Raises:
        OSError: the path is a link.
    """
    descriptor = open_folder(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_folder(path: str) -> int:
    """Open a folder.

    Raises:
        OSError: a link.
    """
    return os.open(path, FOLDER)


def open_file(name: str, folder: int | None) -> int:
    """Open a file of an open folder for reading.

    Raises:
        OSError: a link.
    """
    return os.open(name, FILE, dir_fd=folder)


def read_below(path: str, name: str) -> bytes:
    """Return the bytes of a file in the folder `path`.

    Raises:
        OSError: either of the two is a link.
    """
    place = os.open(path, _PLACE)
    try:
        return read_file(name, place)
    finally:
        os.close(place)


def is_link(path: str) -> bool:
    """Return whether a path is a symbolic link."""
    return os.path.islink(path)


def sync_folder(path: str) -> None:
    """Make the names in a folder survive a power loss."""
    with opened_folder(path) as descriptor:
        os.fsync(descriptor)


def sync_file_system(path: str) -> None:
    """Make all that is on the file system of a folder survive a power loss, whoever wrote it."""
    syncfs = _c_function("syncfs")
    if syncfs is None:
        os.sync()
        return
    with opened_folder(path) as descriptor:
        if syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), path)


def make_folders(path: str, *, durable: bool) -> None:
    """Make a folder and those above it, as far as they are missing; `durable` ones survive a power loss."""
    if os.path.isdir(path):
        return
    above = os.path.dirname(path)
    make_folders(above, durable=durable)
    with contextlib.suppress(FileExistsError):  # another process was faster, or what is there is no folder: see below
        os.mkdir(path)
    if not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    if durable:
        sync_folder(above)


def replace_folder(source: str, target: str, spare: str) -> str | None:
    """Put folder `source` in place of folder `target` at once; returns where what was there is now, or None.

    Where the system cannot exchange two folders, that is `spare`, in place of what was there, and there is an instant
    between two renames at which `target` is missing.
    """
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
    else:
        return None
    if _exchange(source, target):
        return source
    remove_tree(spare)
    os.rename(target, spare)
    os.rename(source, target)
    return spare


def unused_name(prefix: str) -> str:
    """Return a name that nobody else makes."""
    return f"{prefix}{secrets.token_hex(8)}"


def names(path: str) -> list[str]:
    """Return what a folder holds; nothing if it is missing, a link or no folder."""
    try:
        with opened_folder(path) as descriptor:
            return os.listdir(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return []


def holds(path: str, enough: int) -> bool:
    """Return whether a folder holds at least so many names; no more of them are listed."""
    with opened_folder(path) as descriptor, os.scandir(descriptor) as entries:
        return sum(1 for _ in itertools.islice(entries, enough)) == enough


def remove_tree(path: str) -> None:
    """Remove a folder and all below it, or a file or link; another process may be doing the same."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in (errno.EISDIR, errno.EPERM):  # what unlinking a folder gives on Linux and elsewhere
            raise
        for name in names(path):
            remove_tree(f"{path}/{name}")
        with contextlib.suppress(FileNotFoundError):
            os.rmdir(path)


def _exchange(first: str, second: str) -> bool:
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    at = ctypes.c_int(_AT_FDCWD)
    flags = ctypes.c_uint(_RENAME_EXCHANGE)
    if renameat2(at, os.fsencode(first), at, os.fsencode(second), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL):
        return False  # this kernel or file system cannot
    raise OSError(code, os.strerror(code), first, None, second)


def _renameat2() -> Callable[..., int] | None:
    return _c_function("renameat2")


@functools.cache
def _c_function(name: str) -> Callable[..., int] | None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    return function if callable(function) else None


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    """Write all of `data`, in as many writes as it takes."""
    written = os.write(descriptor, data)
    while written < len(data):  # a disk that is full, or more than 2 GB at once
        written += os.write(descriptor, memoryview(data)[written:])
