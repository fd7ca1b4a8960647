"""Write a report: a file in one replacement, so that it is whole or unchanged; anything else directly.

A link is written through. A pipe or a device takes the text directly, and so does a file that cannot be replaced: one
in a read-only folder, or one that is mounted.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path

from pytest_optbench.errors import InvalidInputError

READER_SECONDS = 60.0  # longest wait for the reader of a pipe: only a hang takes as long
DESCRIPTORS = re.compile(r"/(?:dev|proc/self)/fd/(?P<number>\d+)")
STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}
IN_PLACE = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EBUSY,
    errno.ENAMETOOLONG,
)  # cannot be replaced, but perhaps written


def check_writable(path: Path) -> None:
    """Check that a text can be written to a path, without changing its present content.

    Raises:
        InvalidInputError: the path is a folder, is in no folder, or may not be written.
    """
    if _descriptor(path) is not None:
        return
    try:
        real = path.resolve(strict=False)
        exists = real.exists()
    except (OSError, RuntimeError) as error:  # a loop of links
        raise InvalidInputError(f"{path}: cannot be used ({getattr(error, 'strerror', None) or error})") from None
    if real.is_dir():
        raise InvalidInputError(f"{path}: that is a folder; name a file in it")
    if not exists and not real.parent.is_dir():
        missing = "that is a link to nowhere: " if path.is_symlink() else ""
        raise InvalidInputError(f"{path}: {missing}there is no folder {real.parent}; make it")
    if exists and os.access(real, os.W_OK, effective_ids=True):
        return
    try:
        with tempfile.TemporaryFile(dir=real.parent):  # `os.access` is not enough: for root it is always true
            pass
    except OSError as error:
        raise InvalidInputError(f"{path}: cannot be used ({error.strerror or error})") from None


def write_text(text: str, path: Path) -> None:
    """Write a text to a path, replacing the content of a file.

    Raises:
        OSError: it cannot be written, or a pipe has no reader.
    """
    content = text.encode("utf-8", errors="backslashreplace")
    descriptor = _descriptor(path)
    if descriptor is not None:
        _write_all(os.dup(descriptor), content)
        return
    real = path.resolve(strict=False)
    if real.exists() and not real.is_file():
        _write_all(_open_for_writing(real), content)
        return
    try:
        _replace(real, content)
    except OSError as error:
        if error.errno not in IN_PLACE or not real.exists():
            raise
        real.write_bytes(content)


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".optbench-{uuid.uuid4().hex}")
    try:
        partial.write_bytes(content)
        if path.exists():
            shutil.copymode(path, partial)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise


def _descriptor(path: Path) -> int | None:
    """Return the open file that a path such as `/dev/stdout` names: opened by name, it would be truncated."""
    absolute = os.path.normpath(path.absolute())
    match = DESCRIPTORS.fullmatch(absolute)
    return int(match["number"]) if match else STANDARD.get(absolute)


def _open_for_writing(path: Path) -> int:
    """Open a pipe or a device for writing; wait until a pipe has a reader."""
    deadline = time.monotonic() + READER_SECONDS
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            waits = error.errno == errno.ENXIO and stat.S_ISFIFO(path.stat().st_mode)
            if not waits or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
            continue
        os.set_blocking(descriptor, True)
        return descriptor


def _write_all(descriptor: int, content: bytes) -> None:
    """Write to a descriptor and close it; first flush the text that Python buffers for the same file."""
    sys.stdout.flush()
    sys.stderr.flush()
    with open(descriptor, "wb") as stream:
        stream.write(content)
