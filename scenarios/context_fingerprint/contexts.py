"""Contexts that are easily confused, large ones, and changes to the files that some of them name.

Classes are at module level, so that other processes find them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_optbench.workloads.confusable_values import PAIRS, REORDERED

Change = Callable[[Path], None]


@dataclass(frozen=True)
class Setup:
    """A context of one member."""

    value: Any = None


@dataclass(frozen=True)
class Twin:
    """The same member in another class."""

    value: Any = None


@dataclass(frozen=True)
class Halves:
    """A context of two members, whose texts may be equal when they are joined."""

    first: Any
    second: Any


# The first confused pair is reported: plain values come before classes, which are debatable.
CONTEXT_PAIRS: tuple[tuple[Any, Any], ...] = (
    *((Setup(one), Setup(other)) for one, other in PAIRS),
    (Setup(1), Twin(1)),
    (Setup(Setup(1)), Setup(Twin(1))),
    (Setup(Setup(1)), Setup({"value": 1})),
    (Setup([Setup(1), Setup(2)]), Setup([Setup(2), Setup(1)])),
    (Setup({"a": Setup(1)}), Setup({"a": Twin(1)})),
    (Halves("a", "bc"), Halves("ab", "c")),
    (Halves("a", None), Halves(None, "a")),
    (Halves(1, 2), Halves(2, 1)),
)
EQUAL_CONTEXTS: tuple[tuple[Any, Any], ...] = tuple((Setup(one), Setup(twin)) for one, twin in REORDERED)


def nested(fields: int, changed: int | None = None) -> Setup:
    """Return a context of about `fields` values, ten per dataclass, in dicts of ten; the one at `changed` differs."""
    values = [float(number) + (0.5 if number == changed else 0.0) for number in range(fields)]
    tens = [Halves(values[start : start + 5], tuple(values[start + 5 : start + 10])) for start in range(0, fields, 10)]
    return Setup([{f"member{place}": ten for place, ten in enumerate(group)} for group in _by_ten(tens)])


def _by_ten(items: list[Halves]) -> Iterator[list[Halves]]:
    return (items[start : start + 10] for start in range(0, len(items), 10))


def grow(path: Path) -> None:
    """Append a byte."""
    path.write_bytes(path.read_bytes() + b"!")


def alter(path: Path) -> None:
    """Change one byte in the middle."""
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


def alter_unseen(path: Path) -> None:
    """Change one byte, and restore the file's times."""
    before = path.stat()
    alter(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_unseen(path: Path) -> None:
    """Replace the file by another one of the same size and times."""
    twin = path.with_name(f".{path.name}.twin")
    shutil.copy2(path, twin)
    alter_unseen(twin)
    twin.replace(path)


def touch(path: Path) -> None:
    """Set the file's times to a year later."""
    later = path.stat().st_mtime + 365 * 86_400
    os.utime(path, (later, later))


def rewrite(path: Path) -> None:
    """Write the same content again, into a new file."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


def _of(name: str, change: Change) -> Change:
    return lambda folder: change(folder / name)


def _add(folder: Path) -> None:
    (folder / "deep" / "new").write_bytes(b"")


def _remove(folder: Path) -> None:
    (folder / "deep" / "inner").unlink()


def _rename(folder: Path) -> None:
    (folder / "outer").rename(folder / "other")


def _exchange(folder: Path) -> None:
    outer, inner = folder / "outer", folder / "deep" / "inner"
    content = outer.read_bytes()
    outer.write_bytes(inner.read_bytes())
    inner.write_bytes(content)


FILE_CHANGES: Mapping[str, Change] = {
    "grown by a byte": grow,
    "altered in one byte": alter,
    "altered in one byte, its times set back": alter_unseen,
    "replaced by a file of the same size and times": replace_unseen,
}
FILE_SAME: Mapping[str, Change] = {"touched": touch, "written again with the same content": rewrite}
FOLDER_CHANGES: Mapping[str, Change] = {
    "with a file altered": _of("outer", alter),
    "with a file altered two levels down": _of("deep/inner", alter),
    "with a file altered two levels down, its times set back": _of("deep/inner", alter_unseen),
    "with an empty file more": _add,
    "with a file less": _remove,
    "with a file renamed": _rename,
    "with the contents of two files exchanged": _exchange,
}
FOLDER_SAME: Mapping[str, Change] = {
    "with a file touched": _of("outer", touch),
    "with a file written again with the same content": _of("deep/inner", rewrite),
}


def make_file(path: Path, size: int = 4096) -> None:
    """Make a file to be changed, of about that many bytes."""
    _write_of_old(path, bytes(range(256)) * max(1, size // 256))


def make_folder(path: Path, size: int = 500) -> None:
    """Make a folder to be changed: a file, and another two levels down, both of about that many bytes."""
    (path / "deep").mkdir(parents=True)
    _write_of_old(path / "outer", b"outer" * (size // 5))
    _write_of_old(path / "deep" / "inner", b"inner" * (size // 5))


def _write_of_old(path: Path, content: bytes) -> None:
    """Write a file dated an hour ago, as two writes within one tick of the clock would have the same time."""
    path.write_bytes(content)
    written = path.stat().st_mtime
    os.utime(path, (written - 3600, written - 3600))
