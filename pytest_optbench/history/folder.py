"""The folder of a history, which one process at a time works in."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_optbench.errors import InvalidInputError

from .repository import CHECKOUT, Repository


def outside(folder: Path, repository: Repository) -> Path:
    """Return the absolute path of a folder, which must not be inside of the repository.

    Raises:
        InvalidInputError: it is inside.
    """
    place = folder.resolve()
    for inner in (repository.top, repository.folder):
        if place.is_relative_to(inner.resolve()):
            raise InvalidInputError(f"{folder} is inside of {inner}, which stays as it is: name another --folder")
    return place


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Make the folder and keep other processes out; checkouts that a killed process left are removed.

    Raises:
        InvalidInputError: another process works in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")  # nothing here belongs into a repository
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InvalidInputError(
                f"another process works in {folder}: wait for it, or name another --folder"
            ) from None
        for left in folder.glob(f"environments/{CHECKOUT}*"):
            shutil.rmtree(left)
        yield
