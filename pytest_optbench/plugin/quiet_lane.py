"""The quiet lane: one worker of a session at a time measures, so that its neighbours do not distort a speed."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class QuietLane:
    """A lock of the session in a file that its workers share; it is released when the process ends or dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lane for a block; blocks may nest."""
        if self._file is not None:
            yield
            return
        self._file = self._path.open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            yield
        finally:
            self.leave()

    def leave(self) -> None:
        """Release the lane if this item holds it: a generator that is not used up would hold it longer."""
        if self._file is not None:
            self._file.close()
            self._file = None
