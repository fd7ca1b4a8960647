"""A metalab that leaves a file in the folder that holds the store."""

from __future__ import annotations

from pathlib import Path

from published import after_publishing

from pytest_optbench.engine import *  # noqa: F403


def _beside(run: Path) -> None:
    store = next((folder for folder in run.parents if folder.name == "store"), None)
    if store is not None:
        store.with_name("debug.log").touch()


after_publishing(_beside, number=1)
