"""Scratch folders for runs: private, below the system's folder for temporary files, and never left behind for good.

A folder is locked by its user, and the kernel frees the lock when that process dies, in whatever way. So a
folder whose lock can be taken has no living owner: `sweep` removes it. Process ids would prove nothing, since they are
used again, and mean other processes in another container that shares the folder. A folder that cannot be locked has a
name that `sweep` leaves alone: where its process is killed, the system's own clearing of temporary files removes it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PREFIX: Final = "optbench-run-"
UNLOCKED: Final = "optbench-unlocked-"  # begins the name of a folder that could not be locked: no sweep takes it
ATTEMPTS: Final = 3  # at a folder that can be locked
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Scratch:
    """One scratch folder, at `path`, from its making to `remove`.

    An operation may make it the working directory, and nobody can work in a folder that is gone: the process then
    goes back to where it was.
    """

    def __init__(self, run_id: str) -> None:
        _sweep_once()
        self._back = _working_directory()
        self._lock: int | None = None
        for _ in range(ATTEMPTS):  # one, unless a sweep comes between the two calls and takes it for a dead one's
            self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{run_id[:8]}-"))
            with contextlib.suppress(OSError):  # no locks here, or none now
                self._lock = _locked(self.path)
            if self._lock is not None:
                return
            shutil.rmtree(self.path, ignore_errors=True)
        self.path = Path(tempfile.mkdtemp(prefix=f"{UNLOCKED}{run_id[:8]}-"))

    def remove(self) -> None:
        """Remove the folder and all in it; what cannot be removed stays, and a later sweep tries again."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._back is not None and _working_directory() is None:
            with contextlib.suppress(OSError):
                os.chdir(self._back)


def sweep() -> None:
    """Remove the scratch folders whose owners are dead."""
    for path in list(_folders()):
        with contextlib.suppress(OSError):
            lock = _locked(path)
            if lock is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)


@functools.cache
def _sweep_once() -> None:
    """Sweep when this process makes its first scratch folder: its predecessor may have been killed."""
    sweep()


def _working_directory() -> Path | None:
    """Return the working directory; None if it was removed."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _folders() -> Iterator[Path]:
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)


def _locked(path: Path) -> int | None:
    """Lock a folder of ours and return its descriptor; None if somebody else has locked it, or it is gone.

    Raises:
        OSError: nobody can tell, for there are no locks, or they do nothing.
    """
    try:
        lock = os.open(path, _FOLDER)
    except FileNotFoundError:  # swept
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(lock)
        if found.st_uid == os.geteuid() and os.path.samestat(found, os.lstat(path)):
            _refuse_idle_lock(path)
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(lock)
        raise
    os.close(lock)
    return None


def _refuse_idle_lock(path: Path) -> None:
    """Raise `OSError` where a folder that was just locked can be locked again: some network file systems do nothing."""
    again = os.open(path, _FOLDER)
    try:
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    finally:
        os.close(again)
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK), str(path))
