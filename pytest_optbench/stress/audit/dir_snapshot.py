"""Snapshots of a folder, whose differences show what was changed; and a private folder for temporary files."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

WHILE_OPEN = ("-shm", "-wal")  # what SQLite keeps next to a database as long as somebody has it open
TEMPORARY = re.compile(r"(^|[._-])(te?mp|partial|swp)([.-]|$)|^tmp\w{8}$|~$")


def dir_snapshot(folder: Path, *, without: Iterable[Path] = ()) -> Mapping[str, str]:
    """Return every path below `folder`, relative to it, with its content: a folder, a link's target, a file's digest.

    Paths in `without`, and everything below them, are left out, and so is what SQLite keeps while a database is open.
    Links are not followed.
    """
    left_out = {Path(path).absolute() for path in without}
    paths = (path for path in _below(folder.absolute(), left_out) if not path.name.endswith(WHILE_OPEN))
    return {str(path.relative_to(folder)): _describe(path) for path in paths}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return the differences between two snapshots of a folder, a phrase for each path, in order of paths."""
    differences = []
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        if was is None:
            differences.append(f"{path} appeared ({now})")
        elif now is None:
            differences.append(f"{path} vanished (it was {was})")
        elif was != now:
            differences.append(f"{path} changed from {was} to {now}")
    return tuple(differences)


def files_containing(folder: Path, content: bytes) -> list[Path]:
    """Return the files below `folder` that contain `content`, in order of paths."""
    files = (path for path in sorted(_below(folder.absolute(), set())) if path.is_file() and not path.is_symlink())
    return [path for path in files if content in path.read_bytes()]


def temporary_files(folder: Path) -> list[str]:
    """Return the files below `folder` whose names mark them as temporary, in order of paths."""
    return sorted(
        str(path.relative_to(folder))
        for path in _below(folder.absolute(), set())
        if TEMPORARY.search(path.name) and path.is_file()
    )


@contextmanager
def private_temporary(folder: Path) -> Iterator[Path]:
    """Send the temporary files of this process and of its children to `folder`, until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    variable, chosen = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = chosen
        if variable is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = variable


def _below(folder: Path, left_out: set[Path]) -> Iterator[Path]:
    for entry in os.scandir(folder):
        path = Path(entry.path)
        if path in left_out:
            continue
        yield path
        if entry.is_dir(follow_symlinks=False):
            yield from _below(path, left_out)


def _describe(path: Path) -> str:
    if path.is_symlink():
        return f"a link to {path.readlink()}"
    if path.is_dir():
        return "a folder"
    if not path.is_file():
        return "neither file nor folder"
    content = path.read_bytes()
    return f"a file of {len(content)} bytes, {hashlib.blake2b(content, digest_size=4).hexdigest()}"
