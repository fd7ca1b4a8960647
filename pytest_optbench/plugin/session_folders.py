"""The folders of a session: that of a worker, and that of the witness files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def worker_folder_name(config: pytest.Config) -> str:
    """Return the folder name of a worker that shares nothing with others; "" for the shared folder."""
    given: dict[str, str] = getattr(config, "workerinput", {})
    return given.get("optbench_own", "")


def witness_folder(kept: str | None, session: Path) -> Path:
    """Return the folder of witness files, and make it: next to a store that is kept, else in that of the session."""
    if kept is None or "://" in kept:
        return _make_folder(session / "witness")
    sibling = Path(f"{kept.rstrip('/')}.witness")
    readable_only = not sibling.exists() and not os.access(sibling.parent, os.W_OK) and sibling.parent.exists()
    return _make_folder(session / "witness" if readable_only else sibling)


def _make_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
