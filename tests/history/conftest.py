"""One repository and one history folder for all tests here: sessions that are kept make the others quick."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_metalab import make_repository


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder of the tiny metalab, with a blank in its path, and its commits."""
    folder = tmp_path_factory.mktemp("of a history") / "tiny metalab"
    return folder, make_repository(folder)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the history."""
    return tmp_path_factory.mktemp("history of a lab") / "kept"
