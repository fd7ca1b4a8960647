"""Writing, syncing and closing as events: wrapped functions of `os`, `fcntl` and `io`, for which Python audits nothing.

A replacement is an object and no function, because a function in a class would become a method. Code that
kept the original under another name, and C code, are seen by the preloaded library alone (`preload`).
"""

from __future__ import annotations

import builtins
import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

import _io


class Sight(Protocol):
    """Who sees the events (`watch.Watch`)."""

    def at_descriptor(self, kind: str, descriptor: int, size: int = 0) -> int | None: ...
    def written(self) -> None: ...
    def skips_lock(self, file: Any) -> bool: ...
    def covers(self, file: Any) -> bool: ...
    def opening_in(self, folder: int | None) -> Any: ...


class _Call:
    """A replacement of a function."""

    def __init__(self, sight: Sight, real: Callable[..., Any]) -> None:
        self.sight = sight
        self.real = real
        self.__name__ = getattr(real, "__name__", "")
        self.__doc__ = real.__doc__


class _Write(_Call):
    def __call__(self, fd: int, data: Any, *rest: Any) -> Any:
        return written(self.sight, fd, data, lambda part: self.real(fd, part, *rest))


class _WriteVector(_Call):
    def __call__(self, fd: int, buffers: Any, *rest: Any) -> Any:
        data = b"".join(bytes(buffer) for buffer in buffers)
        return written(self.sight, fd, data, lambda part: self.real(fd, [part], *rest))


class _Send(_Call):
    """A copy inside the kernel; `place` is the position of the file that is written."""

    place = 0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.sight.at_descriptor("write", arguments[self.place])
        return self.real(*arguments, **named)


class _CopyRange(_Send):
    place = 1


class _Sync(_Call):
    def __call__(self, fd: Any) -> Any:
        self.sight.at_descriptor("fsync", fd if isinstance(fd, int) else fd.fileno())
        return self.real(fd)


class _Close(_Call):
    def __call__(self, fd: int) -> Any:
        return closed(self.sight, fd, lambda: self.real(fd))


class _Open(_Call):
    def __call__(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> Any:
        with self.sight.opening_in(dir_fd):
            return self.real(path, flags, mode, dir_fd=dir_fd)


class _Lock(_Call):
    def __call__(self, fd: Any, *rest: Any) -> Any:
        is_lock = self.__name__ != "fcntl" or (len(rest) > 1 and isinstance(rest[1], bytes))
        if is_lock and self.sight.skips_lock(fd):
            return rest[1] if self.__name__ == "fcntl" else None
        return self.real(fd, *rest)


class _OpenFile(_Call):
    """The built-in `open`: a file below the folder that is opened for writing is a WatchedFile, or is built on one."""

    def __call__(
        self, file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, errors: Any = None,
        newline: Any = None, closefd: bool = True, opener: Any = None,
    ) -> Any:  # fmt: skip
        given = {encoding, errors, newline} != {None}
        if not _is_for_writing(mode, buffering, given) or not self.sight.covers(file):
            return self.real(file, mode, buffering, encoding, errors, newline, closefd, opener)
        path = file if isinstance(file, int) else os.fspath(file)
        raw = WatchedFile(path, "".join(letter for letter in mode if letter in "rwax+"), closefd, opener)
        raw.sight = self.sight
        if buffering == 0:
            return raw
        try:
            return _buffered(raw, mode, buffering, (encoding, errors, newline))
        except BaseException:
            raw.close()
            raise


def _is_for_writing(mode: str, buffering: int, text_options: bool) -> bool:
    """Return whether a file is opened for writing by sound arguments: of others the real `open` says what is wrong."""
    letters = set(mode)
    sound = len(letters) == len(mode) and letters <= set("rwaxbt+") and len(letters & set("rwax")) == 1
    if "b" in letters:
        sound = sound and not text_options and buffering != 1 and "t" not in letters
    else:
        sound = sound and buffering != 0
    return sound and bool(letters & set("wax+"))


def _buffered(raw: WatchedFile, mode: str, buffering: int, text: tuple[Any, Any, Any]) -> Any:
    size = io.DEFAULT_BUFFER_SIZE if buffering in (-1, 1) else buffering
    buffered = io.BufferedRandom(raw, size) if "+" in mode else io.BufferedWriter(raw, size)
    if "b" in mode:
        return buffered
    encoding, errors, newline = text
    by_line = buffering == 1 or (buffering < 0 and raw.isatty())
    wrapper = io.TextIOWrapper(buffered, io.text_encoding(encoding), errors, newline, by_line)
    wrapper.mode = mode  # type: ignore[misc]
    return wrapper


class WatchedFile(io.FileIO):
    """A raw file whose writes and whose closing are events."""

    sight: Sight | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        if self.sight is None:
            return super().write(data)
        return int(written(self.sight, self.fileno(), data, super().write))

    def close(self) -> None:
        if self.sight is None or self.closed or not self.closefd:
            super().close()
        else:
            closed(self.sight, self.fileno(), super().close)


def written(sight: Sight, fd: int, data: ReadableBuffer, write: Callable[[ReadableBuffer], Any]) -> Any:
    """Write data to an open file, or the part of it that a fault allows."""
    view = memoryview(data).cast("B")
    part = sight.at_descriptor("write", fd, len(view))
    if part is None:
        return write(data)
    count = write(view[:part])
    sight.written()
    return count


def closed(sight: Sight, fd: int, close: Callable[[], Any]) -> Any:
    """Close a file; it is closed also when closing reports an error."""
    try:
        if is_writable(fd):
            sight.at_descriptor("close", fd)
    except OSError:
        close()
        raise
    return close()


def is_writable(fd: int) -> bool:
    """Return whether a descriptor is of a file that was opened for writing."""
    try:
        return bool(REAL_CONTROL(fd, fcntl.F_GETFL) & (os.O_WRONLY | os.O_RDWR))
    except (OSError, OverflowError, TypeError, ValueError):  # the caller closes what is none
        return False


REAL_CONTROL = fcntl.fcntl
_REPLACEMENTS: tuple[tuple[Any, str, type[_Call]], ...] = (
    (os, "open", _Open),
    (os, "write", _Write),
    (os, "pwrite", _Write),
    (os, "writev", _WriteVector),
    (os, "sendfile", _Send),
    (os, "copy_file_range", _CopyRange),
    (os, "fsync", _Sync),
    (os, "fdatasync", _Sync),
    (os, "close", _Close),
    (fcntl, "flock", _Lock),
    (fcntl, "lockf", _Lock),
    (fcntl, "fcntl", _Lock),
    (builtins, "open", _OpenFile),
    (io, "open", _OpenFile),
    (_io, "open", _OpenFile),
)
_SEEN_BY_LIBRARY = (_Write, _Sync, _Close, _OpenFile)


@contextmanager
def wrapped(sight: Sight, *, has_library: bool) -> Iterator[None]:
    """Replace the functions until the block ends. If it is there, the library sees the calls of some."""
    replacements = [each for each in _REPLACEMENTS if not (has_library and each[2] in _SEEN_BY_LIBRARY)]
    before = [(module, name, getattr(module, name)) for module, name, _ in replacements if hasattr(module, name)]
    calls = {(module, name): call for module, name, call in replacements}
    for module, name, real in before:
        setattr(module, name, calls[module, name](sight, real))
    try:
        yield
    finally:
        for module, name, real in before:
            setattr(module, name, real)
