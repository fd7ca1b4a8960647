"""A metalab that leaves the file of a replaced artifact in the run's folder."""

from __future__ import annotations

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.draft import FolderDraft


def _kept(self: FolderDraft, file: str) -> None:
    pass


FolderDraft.remove = _kept  # type: ignore[method-assign]
