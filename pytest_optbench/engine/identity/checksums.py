"""Checksums of files and folders, to be put into a context by hand."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from pytest_optbench.errors import InvalidInputError, MissingFileError

DIGITS: Final = 16


def file_hash(path: str | os.PathLike[str], algorithm: str = "sha256") -> str:
    """Return the first 16 hex digits of the checksum of a file's content.

    Raises:
        MissingFileError: there is no such file; a FileNotFoundError too.
        InvalidInputError: `hashlib` has no such algorithm.
    """
    return _digest(_checked(path, Path(path).is_file()), algorithm)[:DIGITS]


def dir_hash(path: str | os.PathLike[str], pattern: str = "*", algorithm: str = "sha256") -> str:
    """Return 16 hex digits that follow from the names and contents of the files that `pattern` finds in a folder.

    Raises:
        MissingFileError: there is no such folder; a FileNotFoundError too.
        InvalidInputError: `hashlib` has no such algorithm.
    """
    folder = _checked(path, Path(path).is_dir())
    found = sorted(file for file in folder.glob(pattern) if file.is_file())
    lines = [f"{_digest(file, algorithm)} {file.relative_to(folder)}\n" for file in found]
    return hashlib.new(_known(algorithm), "".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:DIGITS]


def _digest(file: Path, algorithm: str) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, _known(algorithm)).hexdigest()


def _checked(path: str | os.PathLike[str], is_there: bool) -> Path:
    if not is_there:
        raise MissingFileError(f"there is no {os.fspath(path)}: name one that exists")
    return Path(path)


def _known(algorithm: str) -> str:
    if algorithm not in hashlib.algorithms_available or algorithm.startswith("shake"):
        raise InvalidInputError(f"algorithm {algorithm!r}: name one of hashlib, such as sha256")
    return algorithm
