"""A metalab that looks at the files of a folder, and not below."""

from __future__ import annotations

from pathlib import Path

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.identity.files import DirPath, file_hash
from pytest_optbench.engine.identity.identity import ENCODERS


def _hash(value: DirPath) -> str:
    files = sorted(path for path in Path(value).iterdir() if path.is_file())
    return "H" + "".join(path.name + file_hash(str(path)) for path in files)


ENCODERS[DirPath] = _hash
