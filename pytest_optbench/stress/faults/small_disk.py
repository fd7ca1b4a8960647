"""A disk of a few pages, visible only to this process and its children, that becomes full."""

from __future__ import annotations

import contextlib
import ctypes
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_REMOUNT = 32
MS_REC_PRIVATE = 0x4000 | 1 << 18
MNT_DETACH = 2
NO_MOUNT = "this process may not mount"


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Callable[[int], None]]:
    """Mount a disk of `size` bytes (whole pages of memory) at `folder`; yields a function that changes its size.

    For a child process without threads: it leaves the mount namespace of its parent for good.

    Raises:
        OSError: this process may not mount a disk, or may not write to it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _unshare_mounts()
    _mount(b"tmpfs", folder, 0, size)
    try:
        _check_writable(folder)
        yield lambda bigger: _mount(b"tmpfs", folder, MS_REMOUNT, bigger)
    finally:
        _libc().umount2(os.fsencode(folder), MNT_DETACH)


def _unshare_mounts() -> None:
    """Enter a private mount namespace, directly or, if that is refused, as root of a private user namespace."""
    libc = _libc()
    if libc.unshare(CLONE_NEWNS) != 0:
        user, group = os.geteuid(), os.getegid()
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
            raise _error("in a namespace of its own")
        _map_to_itself(user, group)
    if libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None) != 0:
        raise _error("in private")


def _map_to_itself(user: int, group: int) -> None:
    """Map user and group to themselves in the new user namespace: without a map they cannot create files.

    Raises:
        OSError: the system refuses the map, as for root without the right to set file capabilities.
    """
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    except OSError as error:
        raise OSError(error.errno, f"{NO_MOUNT} as user {user} of a user namespace: {error.strerror}") from error


def _check_writable(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(error.errno, f"{NO_MOUNT} a disk that takes files: {error.strerror}") from error


def _mount(kind: bytes, folder: Path, flags: int, size: int) -> None:
    if _libc().mount(kind, os.fsencode(folder), kind, flags, f"size={size}".encode()) != 0:
        raise _error(f"a disk of {size} bytes at {folder}")


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{NO_MOUNT} {what}: {os.strerror(number)}")


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
    return libc
