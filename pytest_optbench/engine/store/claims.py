"""Claims, the right to execute a run: one byte of one lock file for each run, locked by the kernel.

Locks belong to the open file (`F_OFD_SETLK`), so the kernel frees them when the process dies, in whatever way, and
not before: a claim that can be acquired is proof that its last owner is gone. The file is never unlinked and holds no
bytes. Threads of one process share the open file, so a set distinguishes them. A forked child would share it
too and keep its parent's claims alive; it closes its copy at once.

Housekeeping (clearing up after dead processes) also acquires claims for a moment. A caller that is refused therefore
asks again while holding the housekeeping byte: refused then, the run is being executed.

Where the system has no `F_OFD_SETLK` (it needs Linux 3.15 or macOS), the locks are the process's own (`F_SETLK`):
equally freed by its death, but two stores opened on one folder in one process do not see each other's claims.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import threading
import weakref
from collections.abc import Iterator
from typing import Final

from .layout import HOUSEKEEPING_OFFSET, claim_offset

_TRY: Final = getattr(fcntl, "F_OFD_SETLK", fcntl.F_SETLK)
_WAIT: Final = getattr(fcntl, "F_OFD_SETLKW", fcntl.F_SETLKW)
_OPEN: weakref.WeakSet[Claims] = weakref.WeakSet()


class Claims:
    """The claims that this store object holds on the runs of one experiment."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._reset()
        _OPEN.add(self)

    def acquire(self, run_id: str) -> bool:
        """Acquire the claim on a run; False while another thread or a living process executes it."""
        if self.try_acquire(run_id):
            return True
        with self.housekeeping():
            return self.try_acquire(run_id)

    def try_acquire(self, run_id: str) -> bool:
        """Acquire the claim unless it is held, even if only for housekeeping."""
        with self._mutex:
            if run_id in self._held or not self._lock(_TRY, claim_offset(run_id)):
                return False
            self._held.add(run_id)
            return True

    def release(self, run_id: str) -> None:
        """Release a claim; nothing happens if it is not held."""
        with self._mutex:
            if run_id in self._held:
                self._held.remove(run_id)
                self._unlock(claim_offset(run_id))

    def is_held(self, run_id: str) -> bool:
        """Return whether this store object holds the claim."""
        return run_id in self._held

    @contextlib.contextmanager
    def housekeeping(self) -> Iterator[None]:
        """Wait for, and hold, the exclusive right of all threads and processes to set up or clear the folder."""
        with self._turn:
            self._lock(_WAIT, HOUSEKEEPING_OFFSET)
            try:
                yield
            finally:
                self._unlock(HOUSEKEEPING_OFFSET)

    def close(self) -> None:
        """Close the lock file, which frees every claim."""
        descriptor, self._descriptor = self._descriptor, None
        self._held.clear()
        if descriptor is not None:
            os.close(descriptor)

    def after_fork(self) -> None:
        """Close the parent's lock file in a forked child; the parent keeps its claims."""
        self.close()
        self._reset()

    def _reset(self) -> None:
        self._held: set[str] = set()
        self._mutex = threading.Lock()
        self._turn = threading.Lock()

    def _lock(self, command: int, offset: int) -> bool:
        try:
            fcntl.fcntl(self._opened(), command, _byte(fcntl.F_WRLCK, offset))
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES) and self._descriptor is not None:
                return False
            raise
        return True

    def _unlock(self, offset: int) -> None:
        if self._descriptor is not None:
            fcntl.fcntl(self._descriptor, _TRY, _byte(fcntl.F_UNLCK, offset))

    def _opened(self) -> int:
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._path, flags, 0o666)
        return self._descriptor

    def __del__(self) -> None:
        if getattr(self, "_descriptor", None) is not None:
            self.close()


def is_claimed(path: str, run_id: str) -> bool:
    """Return whether somebody alive holds the claim on a run, by the lock file at `path`; nothing is locked for it.

    Where locks are the process's own, nobody can ask: to close the file would free those of this process.
    """
    asks = getattr(fcntl, "F_OFD_GETLK", None)
    if asks is None:
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        answer = fcntl.fcntl(descriptor, asks, _byte(fcntl.F_WRLCK, claim_offset(run_id)))
    finally:
        os.close(descriptor)
    return bool(struct.unpack("hhqqi4x", answer)[0] != fcntl.F_UNLCK)


def _byte(kind: int, offset: int) -> bytes:
    """Return the C `struct flock` for one byte of the file."""
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, offset, 1, 0)


def _close_in_child() -> None:
    for claims in list(_OPEN):
        claims.after_fork()


os.register_at_fork(after_in_child=_close_in_child)
