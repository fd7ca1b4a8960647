"""Baselines: reports of earlier sessions, kept by name in the folder `.optbench` so that they can be committed."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_optbench.errors import InvalidInputError

from .document import SessionReport, read, write

FOLDER = ".optbench"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def path_of(name: str, root: Path) -> Path:
    """Where the baseline of that name is kept under a project's root.

    Raises:
        InvalidInputError: a name that is no plain file name.
    """
    if not NAME.fullmatch(name):
        raise InvalidInputError(f"baseline {name!r}: a name has letters, digits, '.', '_' and '-', and starts with one")
    return root / FOLDER / f"{name.removesuffix('.json')}.json"


def save(report: SessionReport, name: str, root: Path) -> Path:
    """Keep a report as the baseline of that name, in the place of an earlier one, and say where it is.

    Raises:
        InvalidInputError: a report without an outcome, which no session could be held against.
    """
    if not report.outcomes:
        raise InvalidInputError(f"baseline {name!r} was not saved: no scenario ran in this session")
    path = path_of(name, root)
    path.parent.mkdir(exist_ok=True)
    write(report, path)
    return path


def load(name_or_file: str, root: Path) -> SessionReport:
    """Read a baseline by its name, or any report by its path.

    Raises:
        InvalidInputError: there is none (the message lists those that there are), or it is no report.
    """
    return read(find(name_or_file, root))


def find(name_or_file: str, root: Path) -> Path:
    """The file of a baseline: the name's, or the path itself where it is one (has a slash, or is a file)."""
    direct = Path(name_or_file)
    if "/" in name_or_file or direct.is_file():
        if not direct.is_file():
            raise InvalidInputError(f"there is no baseline {name_or_file}: name a report that is there, or save one")
        return direct
    path = path_of(name_or_file, root)
    if not path.is_file():
        there = ", ".join(sorted(known.stem for known in path.parent.glob("*.json"))) or "none"
        raise InvalidInputError(
            f"there is no baseline {name_or_file!r} in {path.parent} (there are: {there}): "
            f"make it with --optbench-save {name_or_file}"
        )
    return path
