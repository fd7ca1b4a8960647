"""Tests of faults need folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from fault_folders import Folders


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "a blank")
