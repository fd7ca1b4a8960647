"""What the tests of the run path share: an executor of every kind, and a witness of every execution."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_operations import EXECUTORS, WITNESS


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> Iterator[Any]:
    with EXECUTORS[request.param]() as opened:
        yield opened


@pytest.fixture
def witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "witness"
    monkeypatch.setenv(WITNESS, str(path))
    return path
