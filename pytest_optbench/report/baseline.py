"""Baselines: reports of earlier sessions, kept by name in the folder `.optbench` so that they can be committed."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_optbench.errors import InvalidInputError

from .document import SessionReport, read, write

FOLDER = ".optbench"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def path_of(name: str, root: Path) -> Path:
    """Return the path of the baseline of that name under a project's root.

    Raises:
        InvalidInputError: the name is not a plain file name.
    """
    if not NAME.fullmatch(name):
        raise InvalidInputError(
            f"baseline {name!r}: use letters, digits, '.', '_' and '-', and begin with a letter or digit"
        )
    return root / FOLDER / f"{name.removesuffix('.json')}.json"


def save(report: SessionReport, name: str, root: Path) -> Path:
    """Save a report as the baseline of that name, replacing an earlier one, and return its path.

    Raises:
        InvalidInputError: the report has no outcome, so that no session could be compared with it.
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
        InvalidInputError: there is none (the message lists those that exist), or the file is not a report.
    """
    return read(find(name_or_file, root))


def find(name_or_file: str, root: Path) -> Path:
    """Return the file of a baseline, given its name, or a path (it has a slash, or is a file).

    Raises:
        InvalidInputError: there is no such file.
    """
    direct = Path(name_or_file)
    if "/" in name_or_file or direct.is_file():
        if not direct.is_file():
            raise InvalidInputError(f"there is no baseline {name_or_file}: give the path of a report, or save one")
        return direct
    path = path_of(name_or_file, root)
    if not path.is_file():
        available = ", ".join(sorted(known.stem for known in path.parent.glob("*.json"))) or "none"
        raise InvalidInputError(
            f"there is no baseline {name_or_file!r} in {path.parent} (there are: {available}): "
            f"make it with --optbench-save {name_or_file}"
        )
    return path
