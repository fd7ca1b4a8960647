"""The wheel, built once, and environments that have it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import installed
import pytest
from installed import Environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)],
        capture_output=True, text=True, timeout=installed.SECONDS, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def head(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with metalab 2.0; there is a blank in its path."""
    environment = installed.create(tmp_path_factory.mktemp("head") / "of mine")
    installed.install(wheel, environment, "2.0")
    return environment


@pytest.fixture(scope="session")
def base(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with metalab 1.0."""
    environment = installed.create(tmp_path_factory.mktemp("base") / "of mine")
    installed.install(wheel, environment, "1.0")
    return environment
