"""Changes to a store between two sessions: a later version, files of other programs, lost permissions."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STRANGERS = (".DS_Store", "notes of a colleague.txt", "desktop.ini", ".sync-conflict-20260101.tmp~")
VERSIONS = {"schema_version", "_schema_version", "format", "format_version", "layout_version", "store_version"}
LEFT = b"left here by another program\n"
LATER = 1000  # versions
CAPABILITIES = 0x20080522  # the version of the structures that capset(2) takes
OVERRIDE = (1 << 1) | (1 << 2)  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: root's power to ignore permissions


def overwrite(folder: Path) -> None:
    """Overwrite the content of every file below a folder, without changing its size."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.write_bytes(b"\xff" * path.stat().st_size)


def leave_strangers(folder: Path) -> list[Path]:
    """Put files of other programs into every folder of a store."""
    folders = [folder, *(path for path in sorted(folder.rglob("*")) if path.is_dir())]
    strangers = [parent / name for parent in folders for name in STRANGERS]
    for path in strangers:
        path.write_bytes(LEFT)
    return strangers


def is_as_left(stranger: Path) -> bool:
    """Return whether a file of another program is where it was left, with its content."""
    return stranger.is_file() and stranger.read_bytes() == LEFT


def raise_versions(folder: Path) -> list[Path]:
    """Raise the version in the files that describe a store, but not in those of its runs; returns these files."""
    return [path for path in sorted(folder.rglob("*.json")) if _raise_version(path)]


def _raise_version(path: Path) -> bool:
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        return False
    if not isinstance(content, dict) or "run_id" in content:
        return False
    later = {name: _later(value) for name, value in content.items() if name in VERSIONS and _is_version(value)}
    if later:
        path.write_text(json.dumps({**content, **later}), encoding="utf-8")
    return bool(later)


def _is_version(value: Any) -> bool:
    return str(value).split(".")[0].isdigit()


def _later(value: Any) -> Any:
    if isinstance(value, str):
        first, *rest = value.split(".")
        return ".".join([str(int(first) + LATER), *rest])
    return value + LATER


@contextmanager
def only_readable(folder: Path) -> Iterator[None]:
    """Remove the write permission from a folder and everything in it, until the block ends."""
    paths = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths if not path.is_symlink()}
    for path, mode in reversed(modes.items()):
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def obey_permissions() -> bool:
    """Give up root's capability to ignore permissions; returns whether this process obeys them from now on."""
    if os.geteuid() != 0:
        return True
    header = (ctypes.c_uint32 * 2)(CAPABILITIES, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable: the lower 32, then the upper ones
    libc = ctypes.CDLL(None)
    if libc.capget(header, sets) != 0:
        return False
    sets[0] &= ~OVERRIDE
    return bool(libc.capset(header, sets) == 0)
