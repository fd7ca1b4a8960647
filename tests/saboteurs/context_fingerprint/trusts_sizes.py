"""A metalab that takes a file of the same size and times for the same file."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.identity.files import FilePath, file_hash
from pytest_optbench.engine.identity.identity import ENCODERS

_KNOWN: dict[tuple[str, int, int], str] = {}


def _hash(value: FilePath) -> str:
    found = Path(value).stat()
    signature = (str(value.path), found.st_size, found.st_mtime_ns)
    return "K" + _KNOWN.setdefault(signature, file_hash(str(value.path)))


ENCODERS[FilePath] = _hash
