"""Files and folders that count by content: hashed when they are asked for, and again once changed."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

from pytest_optbench.errors import IdentityError, MissingContentError

from .identity import ENCODERS, encode_str

Signature: TypeAlias = tuple[int, ...]

EVERYTHING: Final = "*"  # the pattern that finds all that is below a folder, in folders below it too
PIECE = 1 << 20  # bytes read at a time
SETTLED = 2_000_000_000  # ns; a file written later than this before it was read may change without a new time stamp
_KNOWN: dict[str, tuple[Signature, str]] = {}  # by path: size, times and inode when it was hashed, and the hash


@dataclass(frozen=True)
class FilePath:
    """A file that counts by its content: renamed or moved it is the same, changed it is another.

    With `hash_path` its path counts too, as it was written.
    """

    path: str | os.PathLike[str]
    hash_path: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", os.fspath(self.path))

    def fingerprint_payload(self) -> dict[str, Any]:
        """Return what counts."""
        return {"hash": self.content_hash, **({"path": str(self)} if self.hash_path else {})}

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def __str__(self) -> str:
        return os.fspath(self.path)

    @property
    def content_hash(self) -> str:
        """The hash of the content, 64 hex digits.

        Raises:
            IdentityError: there is no such file.
        """
        return file_hash(os.fspath(self.path))


@dataclass(frozen=True)
class DirPath:
    """A folder that counts by the names and contents of what is below it; links count by where they point.

    With a `pattern`, as of `Path.glob`, only the files that it finds count. With `hash_path` the path of the folder and
    the pattern count too, as they were written.
    """

    path: str | os.PathLike[str]
    pattern: str = EVERYTHING
    hash_path: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", os.fspath(self.path))

    def fingerprint_payload(self) -> dict[str, Any]:
        """Return what counts."""
        where = {"path": str(self), "pattern": self.pattern}
        return {"hash": self.content_hash, **(where if self.hash_path else {})}

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def __str__(self) -> str:
        return os.fspath(self.path)

    @property
    def content_hash(self) -> str:
        """The hash of names and contents, 64 hex digits.

        Raises:
            IdentityError: there is no folder.
        """
        return folder_hash(os.fspath(self.path), self.pattern)


def file_hash(path: str) -> str:
    """The hash of a file's content, remembered until its size, times or inode change.

    A file that was written within two seconds of being read is not remembered: it could change again without
    its time stamp showing it.
    """
    try:
        found = Path(path).stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would wait for a writer
            raise IdentityError(f"{path} is no file: use DirPath for folders")
        known = _KNOWN.get(path)
        if known is not None and known[0] == _signature(found):
            return known[1]
        with Path(path).open("rb", buffering=0) as file:
            return _read_and_remember(path, file)
    except FileNotFoundError:
        raise MissingContentError(f"there is no file {path}: name one that exists") from None
    except OSError as error:
        raise IdentityError(f"file {path} cannot be read ({error.strerror}): name a file that exists") from error


def _read_and_remember(path: str, file: BinaryIO) -> str:
    before = os.fstat(file.fileno())
    digest = blake2b(digest_size=32)
    while piece := file.read(PIECE):
        digest.update(piece)
    if _signature(os.fstat(file.fileno())) != _signature(before):
        raise IdentityError(f"file {path} changed while it was read: wait until it is complete")
    if time.time_ns() - max(before.st_mtime_ns, before.st_ctime_ns) > SETTLED:
        _KNOWN[path] = (_signature(before), digest.hexdigest())
    return digest.hexdigest()


def _signature(found: os.stat_result) -> Signature:
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def folder_hash(path: str, pattern: str = EVERYTHING) -> str:
    """The hash of what is below a folder, by relative name: contents of files, targets of links, folders.

    With another pattern than `*`, that of the files that it finds.
    """
    if not Path(path).is_dir():
        raise MissingContentError(f"{path} is no folder: name one that exists, or use FilePath for a file")
    digest = blake2b(digest_size=32)
    for entry in _entries(path, "") if pattern == EVERYTHING else _found(Path(path), pattern):
        digest.update(entry.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _found(folder: Path, pattern: str) -> list[str]:
    names = sorted(str(file.relative_to(folder)) for file in folder.glob(pattern) if file.is_file())
    return [f"file{encode_str(name)}{file_hash(str(folder / name))}" for name in names]


def _entries(folder: str, prefix: str) -> list[str]:
    found = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = prefix + entry.name
            if entry.is_symlink():
                found.append(f"link{encode_str(name)}{encode_str(str(Path(entry.path).readlink()))}")
            elif entry.is_dir():
                found.append(f"folder{encode_str(name)}")
                found.extend(_entries(entry.path, name + "/"))
            else:
                found.append(f"file{encode_str(name)}{file_hash(entry.path)}")
    return found


def _encode_file(value: FilePath) -> str:
    return f"k{value.content_hash}{encode_str(str(value))}" if value.hash_path else f"K{value.content_hash}"


def _encode_folder(value: DirPath) -> str:
    if value.hash_path:
        return f"h{value.content_hash}{encode_str(str(value))}{encode_str(value.pattern)}"
    return f"H{value.content_hash}"


ENCODERS[FilePath] = _encode_file
ENCODERS[DirPath] = _encode_folder
