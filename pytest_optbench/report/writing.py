"""Where a report may be written, and how: whole or not at all where the place is a file, directly where it is none.

A link is written through. What is no regular file (a pipe, a device) takes the text as it comes, and so does a file
that cannot be replaced: one in a folder that may only be read, or one that is mounted.
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

READER_SECONDS = 60.0  # how long a pipe without a reader is waited for: a limit against hangs alone
DESCRIPTORS = re.compile(r"/(?:dev|proc/self)/fd/(?P<number>\d+)")
STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}
IN_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.ENAMETOOLONG)  # no replacing, perhaps writing


def check_writable(path: Path) -> None:
    """See that a text can be put there, without touching what is there.

    Raises:
        InvalidInputError: it is a folder, has no folder, or may not be written.
    """
    if _descriptor(path) is not None:
        return
    try:
        real = path.resolve(strict=False)
        there = real.exists()
    except (OSError, RuntimeError) as error:  # a loop of links
        raise InvalidInputError(f"{path}: cannot be used ({getattr(error, 'strerror', None) or error})") from None
    if real.is_dir():
        raise InvalidInputError(f"{path}: that is a folder; name a file in it")
    if not there and not real.parent.is_dir():
        missing = "that is a link to nowhere: " if path.is_symlink() else ""
        raise InvalidInputError(f"{path}: {missing}there is no folder {real.parent}; make it")
    if there and os.access(real, os.W_OK, effective_ids=True):
        return
    try:
        with tempfile.TemporaryFile(dir=real.parent):  # asking is not enough: root may write everywhere, it seems
            pass
    except OSError as error:
        raise InvalidInputError(f"{path}: cannot be used ({error.strerror or error})") from None


def write_text(text: str, path: Path) -> None:
    """Put a text there, in the place of what a file held.

    Raises:
        OSError: it cannot be written, or nobody reads the pipe.
    """
    content = text.encode("utf-8", errors="backslashreplace")
    descriptor = _descriptor(path)
    if descriptor is not None:
        _write_all(os.dup(descriptor), content)
        return
    real = path.resolve(strict=False)
    if real.exists() and not real.is_file():
        _write_all(_opened(real), content)
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
    """The open file that a path such as `/dev/stdout` stands for: opened by name, a file would begin anew."""
    absolute = os.path.normpath(path.absolute())
    match = DESCRIPTORS.fullmatch(absolute)
    return int(match["number"]) if match else STANDARD.get(absolute)


def _opened(path: Path) -> int:
    """What is no file, opened for writing; a pipe is waited for until it has a reader."""
    deadline = time.monotonic() + READER_SECONDS
    while True:
        try:
            opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            waits = error.errno == errno.ENXIO and stat.S_ISFIFO(path.stat().st_mode)
            if not waits or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
            continue
        os.set_blocking(opened, True)
        return opened


def _write_all(descriptor: int, content: bytes) -> None:
    """Write to a descriptor and close it; what Python holds back for the same place comes first."""
    sys.stdout.flush()
    sys.stderr.flush()
    with open(descriptor, "wb") as stream:
        stream.write(content)
