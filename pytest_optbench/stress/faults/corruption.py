"""Damage to one file, as crashes, failing disks, other programs and people leave it behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

Corruption = Callable[[Path, Path], None]  # of a file; the second one is another file of the same kind


def _rewritten(change: Callable[[bytes], bytes]) -> Corruption:
    """Write what `change` makes of the content."""
    return lambda path, _: _write(path, change(path.read_bytes()))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _garbled(content: bytes) -> bytes:
    """Invert eight bytes in the middle, as a failing disk does: the size stays."""
    middle = len(content) // 2
    inverted = bytes(byte ^ 0xFF for byte in content[middle : middle + 8])
    return content[:middle] + inverted + content[middle + 8 :]


def _replace(path: Path, other: Path) -> None:
    shutil.copyfile(other, path)


def _swap(path: Path, other: Path) -> None:
    content = path.read_bytes()
    shutil.copyfile(other, path)
    other.write_bytes(content)


CORRUPTIONS: Mapping[str, Corruption] = {
    "empty": _rewritten(lambda _: b""),
    "cut in half": _rewritten(lambda content: content[: len(content) // 2]),
    "full of zeros": _rewritten(lambda content: bytes(len(content))),
    "no text": _rewritten(lambda _: b"\xff\xfe not a record"),
    "garbled": _rewritten(_garbled),
    "another one's": _replace,
    "swapped with another": _swap,
    "lost": lambda path, _: path.unlink(),
}
